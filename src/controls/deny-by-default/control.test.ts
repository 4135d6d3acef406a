import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { prompt, resource } from '../../index.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { exchangeOf, testSettings } from '../../../test/support/settings.ts';
import { configure, configureRecord, goOnWhenBroken, resolveResource } from './control.ts';

const settings = testSettings({
  server: {
    resources: [
      resource({ name: 'page', uri: 'n://page', scope: 's', read: () => ({ text: '' }) }),
      resource({
        name: 'note',
        uriTemplate: 'n://note/{topic}',
        params: z.strictObject({ topic: z.string().max(9) }),
        scope: 's',
        read: () => ({ text: '' }),
      }),
    ],
    prompts: [prompt({ name: 'greet', arguments: z.strictObject({}), scope: 's', get: () => [] })],
  },
});

function aim(method: string, params: JsonObject): string {
  const exchange = exchangeOf(method, params);
  const decision = configure(settings)(exchange);
  assert.ok(!(decision instanceof Promise));
  return decision.pass ? (exchange.target?.name ?? 'nothing') : decision.code;
}

test('what is declared is found by its exact name', () => {
  assert.equal(aim('tools/call', { name: 'echo' }), 'echo');
  assert.equal(aim('prompts/get', { name: 'greet' }), 'greet');
  assert.equal(aim('resources/read', { uri: 'n://page' }), 'page');
  assert.equal(aim('resources/read', { uri: 'n://note/tea' }), 'note');
  assert.equal(aim('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' } }), 'greet');
  assert.equal(aim('completion/complete', { ref: { type: 'ref/resource', uri: 'n://note/{topic}' } }), 'note');
  assert.equal(aim('tools/list', {}), 'nothing');
});

test('what is not declared does not exist', () => {
  for (const name of [
    'Echo',
    'echo ',
    ' echo',
    'none',
    '',
    'constructor',
    '__proto__',
    'toString',
    7,
    null,
    undefined,
    ['echo'],
  ])
    assert.equal(aim('tools/call', { name }), 'TOOL_UNKNOWN', String(name));
  assert.equal(aim('prompts/get', { name: 'echo' }), 'PROMPT_UNKNOWN');
  for (const uri of [
    'n://PAGE',
    'n://page/',
    'n://page?x',
    'n://note/',
    'n://note/a/b',
    'file:///etc/passwd',
    undefined,
  ])
    assert.equal(aim('resources/read', { uri }), 'RESOURCE_UNKNOWN', uri);
  assert.equal(aim('completion/complete', { ref: { type: 'ref/tool', name: 'echo' } }), 'RESOURCE_UNKNOWN');
  assert.equal(aim('completion/complete', {}), 'PARAMS_INVALID');
});

test('variables of a template are its arguments', () => {
  assert.deepEqual(resolveResource(settings.catalog, 'n://note/tea')?.args, { topic: 'tea' });
});

test('nobody is refused', () => {
  const exchange = exchangeOf('tools/list');
  exchange.principal = undefined;
  assert.deepEqual(configure(settings)(exchange), { pass: false, code: 'TOKEN_MISSING', detail: 'no principal' });
});

const failing = {
  intent: () => Promise.resolve({ pass: false as const, code: 'RECORD_FAILED' as const }),
  outcome: () => Promise.resolve({ pass: false as const, code: 'RECORD_FAILED' as const }),
  denied: () => undefined,
};

test('a record that fails denies, and is passed over only without the control', async () => {
  const exchange = exchangeOf('tools/call');
  const on = configureRecord(testSettings(), failing);
  assert.deepEqual(await on.intent(exchange), { pass: false, code: 'RECORD_FAILED' });
  const off = configureRecord(testSettings({ weakened: new Set(['deny-by-default']) }), failing);
  assert.deepEqual(await off.intent(exchange), { pass: true });
  assert.deepEqual(await off.outcome(exchange, ''), { pass: true });
});

test('without the control a throw is a pass, and a refusal is still one', async () => {
  const throwing = goOnWhenBroken(() => {
    throw new Error('broken');
  });
  assert.deepEqual(await throwing(exchangeOf('tools/call')), { pass: true });
  const refusing = goOnWhenBroken(() => ({ pass: false, code: 'FORBIDDEN' }));
  assert.deepEqual(await refusing(exchangeOf('tools/call')), { pass: false, code: 'FORBIDDEN' });
});
