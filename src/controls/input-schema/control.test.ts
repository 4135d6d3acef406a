import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import type { Settings } from '../../pipeline/settings.ts';
import { tool } from '../../server/tool.ts';
import { configure } from './control.ts';

const search = tool({
  name: 'search',
  description: 'Finds notes.',
  input: z.strictObject({
    phrase: z
      .string()
      .max(9)
      .refine((text) => text !== 'forbidden'),
    most: z.int().min(1).max(50).default(10),
    page: z.coerce.number().min(1).max(9).default(1),
  }),
  output: z.strictObject({}),
  scope: 'notes:read',
  effect: 'read',
  run: () => ({}),
});

const slow = tool({
  name: 'slow',
  description: 'Finds notes.',
  input: z.strictObject({
    phrase: z
      .string()
      .max(9)
      .refine((text) => Promise.resolve(text !== 'forbidden')),
  }),
  output: z.strictObject({}),
  scope: 'notes:read',
  effect: 'read',
  run: () => ({}),
});

function exchangeFor(settings: Settings, name: string, args: unknown): Exchange {
  const exchange = new Exchange('http', 'modern');
  exchange.target = settings.catalog.tools.get(name);
  exchange.args = args;
  return exchange;
}

const SETTINGS = testSettings({ server: { tools: [search, slow] } });
const decide = (name: string, args: unknown) => configure(SETTINGS)(exchangeFor(SETTINGS, name, args));

test('fitting arguments pass and are replaced by what the schema of the author made of them', () => {
  const exchange = exchangeFor(SETTINGS, 'search', { phrase: 'a' });
  assert.deepEqual(configure(SETTINGS)(exchange), { pass: true });
  assert.deepEqual(exchange.args, { phrase: 'a', most: 10, page: 1 });
});

test('a request without arguments or target is not for this control', () => {
  assert.deepEqual(configure(SETTINGS)(new Exchange('http', 'modern')), { pass: true });
});

test('whatever the schema rules out is refused', () => {
  const hostile: readonly unknown[] = [
    {},
    null,
    [],
    'a',
    { phrase: 7 },
    { phrase: null },
    { phrase: { toString: 'a' } },
    { phrase: ['a'] },
    { phrase: 'x'.repeat(10) },
    { phrase: 'a', extra: 1 },
    { phrase: 'a', most: 0 },
    { phrase: 'a', most: 1.5 },
    { phrase: 'a', most: '10' },
    // The schema of the author would make a number of it.
    { phrase: 'a', page: '2' },
    JSON.parse('{"phrase":"a","__proto__":{"most":1}}'),
    JSON.parse('{"phrase":"a","constructor":{}}'),
  ];
  for (const args of hostile) {
    const decision = decide('search', args);
    assert.ok(!(decision instanceof Promise) && !decision.pass, JSON.stringify(args));
    assert.equal(decision.code, 'ARGUMENTS_INVALID');
  }
});

test('a refusal names the parameter and the rule, and never the value', () => {
  const decision = decide('search', { phrase: 'a', most: 'SECRET-VALUE' });
  assert.ok(!(decision instanceof Promise) && !decision.pass);
  assert.match(decision.hint ?? '', /most/);
  assert.doesNotMatch(`${decision.hint} ${decision.detail}`, /SECRET-VALUE/);
});

test('the check of the author is heard, at once or later', async () => {
  const refused = {
    pass: false,
    code: 'ARGUMENTS_INVALID',
    detail: 'phrase is not accepted',
    hint: 'phrase is not accepted',
  };
  assert.deepEqual(decide('search', { phrase: 'forbidden' }), refused);
  assert.deepEqual(await decide('slow', { phrase: 'forbidden' }), refused);
  assert.deepEqual(await decide('slow', { phrase: 'a' }), { pass: true });
});

test('the arguments of a prompt are refused as parameters, those of a resource as a resource that is not there', () => {
  const entry = SETTINGS.catalog.tools.get('search');
  assert.ok(entry !== undefined);
  for (const [kind, code] of [
    ['prompt', 'PARAMS_INVALID'],
    ['resource', 'RESOURCE_UNKNOWN'],
  ] as const) {
    const exchange = exchangeFor(SETTINGS, 'search', {});
    const stub = { checkInput: entry.checkInput, refineInput: entry.refineInput, kind };
    Reflect.set(exchange, 'target', stub);
    const decision = configure(SETTINGS)(exchange);
    assert.ok(!(decision instanceof Promise) && !decision.pass);
    assert.equal(decision.code, code);
    assert.equal(decision.hint === undefined, kind === 'resource');
  }
});

test('switched off, arguments reach the handler as they came', () => {
  const settings = testSettings({ server: { tools: [search] }, weakened: new Set(['input-schema']) });
  const exchange = exchangeFor(settings, 'search', { phrase: 7 });
  assert.deepEqual(configure(settings)(exchange), { pass: true });
  assert.deepEqual(exchange.args, { phrase: 7 });
});
