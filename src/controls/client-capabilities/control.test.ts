import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { configure } from './control.ts';

const KINDS = ['form', 'url', 'sampling', 'roots'] as const;

function answerable(declared: JsonObject | undefined): readonly string[] {
  const check = configure(testSettings());
  return KINDS.filter((kind) => check(kind, declared).pass);
}

test('what a client declared is what it can be asked', () => {
  const table: readonly (readonly [JsonObject | undefined, readonly string[]])[] = [
    [undefined, []],
    [{}, []],
    [{ elicitation: {} }, ['form']],
    [{ elicitation: { form: {} } }, ['form']],
    [{ elicitation: { url: {} } }, ['url']],
    [{ elicitation: { form: {}, url: {} } }, ['form', 'url']],
    [{ sampling: {} }, ['sampling']],
    [{ roots: {} }, ['roots']],
    [{ roots: { listChanged: true }, sampling: { tools: {} } }, ['sampling', 'roots']],
  ];
  for (const [declared, kinds] of table) assert.deepEqual(answerable(declared), kinds);
});

test('a capability of the wrong shape is none', () => {
  for (const value of [true, 'yes', 1, null, []] as const) {
    assert.deepEqual(answerable({ elicitation: value, sampling: value, roots: value }), []);
    assert.deepEqual(answerable({ elicitation: { url: value } }), []);
  }
});

test('the refusal names what is needed', () => {
  const check = configure(testSettings());
  const requirements = KINDS.map((kind) => {
    const decision = check(kind, {});
    return decision.pass ? undefined : [decision.code, decision.data];
  });
  assert.deepEqual(requirements, [
    ['CAPABILITY_MISSING', { requiredCapabilities: { elicitation: { form: {} } } }],
    ['CAPABILITY_MISSING', { requiredCapabilities: { elicitation: { url: {} } } }],
    ['CAPABILITY_MISSING', { requiredCapabilities: { sampling: {} } }],
    ['CAPABILITY_MISSING', { requiredCapabilities: { roots: {} } }],
  ]);
});

test('with the control off everything is asked', () => {
  const check = configure(testSettings({ weakened: new Set(['client-capabilities']) }));
  for (const kind of KINDS) assert.deepEqual(check(kind, undefined), { pass: true });
});
