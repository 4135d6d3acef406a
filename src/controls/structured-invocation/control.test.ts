import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../protocol/json.ts';
import type { Era } from '../../protocol/versions.ts';
import { Exchange } from '../../pipeline/context.ts';
import { exchangeOf, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const decide = configure(testSettings());

function codeOf(method: string, params: JsonObject, era: Era = 'modern'): string {
  const decision = decide(exchangeOf(method, params, { era }));
  assert.ok(!(decision instanceof Promise));
  return decision.pass ? 'pass' : decision.code;
}

test('a request that fits its schema passes', () => {
  assert.equal(codeOf('tools/call', { name: 'echo', arguments: {} }), 'pass');
  assert.equal(codeOf('tools/call', { name: 'echo', arguments: {} }, 'legacy'), 'pass');
});

test('methods that do not exist are refused, in either case and era', () => {
  for (const method of ['tools/execute', 'Tools/Call', '', 'constructor', '__proto__', 'initialize'])
    assert.equal(codeOf(method, {}), 'METHOD_UNKNOWN', method);
  assert.equal(codeOf('subscriptions/listen', { notifications: {} }, 'legacy'), 'METHOD_UNKNOWN');
});

test('parameters that do not fit are refused', () => {
  const table: readonly (readonly [string, JsonObject])[] = [
    ['tools/call', {}],
    ['tools/call', { name: 'echo', arguments: 'say hello' }],
    ['tools/call', { name: 'echo', arguments: [] }],
    ['tools/call', { name: ['echo'] }],
    ['tools/call', { name: 'echo', instruction: 'act' }],
    ['tools/call', { name: 'x'.repeat(129) }],
    ['prompts/get', { name: 'greeting', arguments: { tone: { $ne: '' } } }],
    ['resources/read', { uri: 7 }],
    ['tools/list', { cursor: {} }],
    ['completion/complete', { ref: { type: 'ref/tool', name: 'x' }, argument: { name: 'a', value: '' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'a', value: {} } }],
    ['subscriptions/listen', { notifications: { resourceSubscriptions: [7] } }],
  ];
  for (const [method, params] of table) assert.equal(codeOf(method, params), 'PARAMS_INVALID', JSON.stringify(params));
});

test('what is no request asks for nothing', () => {
  assert.deepEqual(decide(new Exchange('stdio', 'modern')), { pass: true });
});
