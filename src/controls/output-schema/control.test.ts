import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { testSettings } from '../../../test/support/settings.ts';
import { content, tool, type Tool } from '../../index.ts';
import { Exchange } from '../../pipeline/context.ts';
import type { Decision } from '../../pipeline/decision.ts';
import { configure } from './control.ts';

const declared = (output: Tool['options']['output']): Tool =>
  tool({
    name: 'report',
    description: 'Gives a count.',
    input: z.strictObject({}),
    output,
    scope: 'text:read',
    effect: 'read',
    run: () => ({}),
  });

async function decide(
  output: Tool['options']['output'],
  value: unknown,
  weakened: readonly string[] = [],
): Promise<{ readonly decision: Decision; readonly output: unknown }> {
  const settings = testSettings({ server: { tools: [declared(output)] }, weakened: new Set(weakened) });
  const exchange = new Exchange('stdio', 'modern');
  exchange.target = settings.catalog.tools.get('report');
  exchange.output = value;
  return { decision: await configure(settings)(exchange), output: exchange.output };
}

const Count = z.strictObject({ count: z.int().min(0).max(9), note: z.string().max(5).default('none') });

test('a fitting result passes, as the schema parsed it', async () => {
  assert.deepEqual(await decide(Count, { count: 3 }), { decision: { pass: true }, output: { count: 3, note: 'none' } });
});

test('a result that does not fit is refused, and its value is in no detail', async () => {
  for (const value of [
    undefined,
    null,
    'secret',
    [],
    {},
    { count: 'secret' },
    { count: 10 },
    { count: 1.5 },
    { count: Number.NaN },
    { count: 1, note: 'secret' },
    { count: 1, secret: 'secret' },
    new Map([['count', 1]]),
  ]) {
    const { decision } = await decide(Count, value);
    assert.equal(decision.pass, false);
    if (decision.pass) continue;
    assert.equal(decision.code, 'OUTPUT_INVALID');
    assert.equal(decision.detail?.includes('"secret"'), false);
  }
});

test('what an author transforms is held against the schema that is published', async () => {
  const doubled = z.strictObject({
    count: z
      .int()
      .min(0)
      .max(9)
      .transform((n) => n * 2)
      .pipe(z.int().min(0).max(9)),
  });
  assert.deepEqual((await decide(doubled, { count: 4 })).output, { count: 8 });
  assert.equal((await decide(doubled, { count: 5 })).decision.pass, false);
});

test('a value that an author overwrites after validation is held against the published schema', async () => {
  const overwritten = z.strictObject({ count: z.int().min(0).max(9) }).overwrite(() => ({ count: 99 }));
  const { decision } = await decide(overwritten, { count: 1 });
  assert.equal(decision.pass ? 'pass' : decision.code, 'OUTPUT_INVALID');
});

test('an asynchronous schema is waited for', async () => {
  const slow = z.strictObject({
    count: z
      .int()
      .min(0)
      .max(9)
      .refine(async (n) => Promise.resolve(n !== 7)),
  });
  assert.deepEqual((await decide(slow, { count: 1 })).decision, { pass: true });
  assert.equal((await decide(slow, { count: 7 })).decision.pass, false);
});

test('content blocks have no schema to fit', async () => {
  const block = { type: 'text', text: 'a' };
  assert.deepEqual(await decide(content('text'), block), { decision: { pass: true }, output: block });
});

test('with the control off anything passes', async () => {
  const value = { count: 'secret', more: true };
  assert.deepEqual(await decide(Count, value, ['output-schema']), { decision: { pass: true }, output: value });
});
