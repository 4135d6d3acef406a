import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { prove as proveAll, type ControlResult } from '../prove/run.ts';
import type { Slice } from '../prove/slice.ts';
import { SLICES } from '../prove/slices.ts';
import { detectSandbox } from '../sandbox/support.ts';
import { prove, report } from './prove.ts';

const hasSandbox = (await detectSandbox()).missing === undefined;
const WAYS_MEANT = hasSandbox ? 4 : 2;

/** What a proof of one slice comes to, and what the command prints of it, colours left out. */
async function proofOf(
  load: () => Promise<Slice>,
): Promise<{ readonly result: ControlResult; readonly holds: boolean; readonly lines: readonly string[] }> {
  const results: ControlResult[] = [];
  const lines: string[] = [];
  async function* seen(): AsyncGenerator<ControlResult> {
    for await (const result of proveAll(new Map([['a-slice', load]]))) {
      results.push(result);
      yield result;
    }
  }
  const holds = await report(seen(), false, (line) => void lines.push(stripVTControlCharacters(line)));
  const [result] = results;
  assert.ok(result !== undefined);
  return { result, holds, lines };
}

async function slice(id: string): Promise<Slice> {
  const load = SLICES.get(id);
  assert.ok(load !== undefined);
  return load();
}

test('a control whose attack succeeds only when it is off holds', async () => {
  const { result, holds, lines } = await proofOf(() => slice('origin-validation'));
  assert.equal(holds, true);
  assert.deepEqual(
    result.ways.map(({ transport, era, not, proof }) => [transport, era, not !== undefined, proof?.holds]),
    [
      ['http', 'modern', false, true],
      ['http', 'legacy', false, true],
      ['stdio', 'modern', true, undefined],
      ['stdio', 'legacy', true, undefined],
      ['http', 'modern', !hasSandbox, hasSandbox ? true : undefined],
      ['http', 'legacy', !hasSandbox, hasSandbox ? true : undefined],
    ],
  );
  assert.match(lines[1] ?? '', /^a-slice +ARC-02 +off: succeeds {2}on: fails +off: succeeds {2}on: fails +- +-/);
  assert.equal(lines.at(-1), `prove: 1 control proven over ${WAYS_MEANT} ways, 0 not`);
});

test('an attack that fails although the control is off proves nothing, and its way is told', async () => {
  const { bad, ...rest } = await slice('origin-validation');
  const { rule } = await slice('media-type');
  const { holds, lines } = await proofOf(() => Promise.resolve({ ...rest, rule, bad }));
  assert.equal(holds, false);
  assert.match(lines[1] ?? '', /off: pass {2}on: pass/);
  assert.match(lines[2] ?? '', /^ {2}http modern: good pass \(.*\); off pass \(.*\); on pass \(.*\)$/);
  assert.equal(lines.at(-1), `prove: 0 controls proven over ${WAYS_MEANT} ways, 1 not`);
});

test('an attack that throws does not hold, nor does a slice that cannot be loaded', async () => {
  const whole = await slice('origin-validation');
  const rule = { ...whole.rule, gather: () => Promise.reject(new Error('the attacker tripped')) };
  const thrown = await proofOf(() => Promise.resolve({ ...whole, rule }));
  assert.equal(thrown.holds, false);
  assert.match(thrown.lines[1] ?? '', /could not be tried/);
  assert.equal(thrown.lines[2], '  http modern: the attacker tripped');
  const absent = await proofOf(() => Promise.reject(new Error('no rule here')));
  assert.equal(absent.holds, false);
  assert.match(absent.lines[1] ?? '', /^a-slice +incomplete: no rule here$/);
});

test('a slice that has a meaning nowhere is not proven, and nothing at all is no success', async () => {
  const { meta, ...rest } = await slice('origin-validation');
  const reach = { ...meta.reach, http: { not: 'so it says' } };
  const { holds } = await proofOf(() => Promise.resolve({ ...rest, meta: { ...meta, reach } }));
  assert.equal(holds, false);
  assert.equal(await report(proveAll(new Map()), false, () => undefined), false);
});

test('an id that no control has is refused, with the nearest one', async () => {
  await assert.rejects(prove(['orgin-validation'], {}), {
    name: 'Mistake',
    message: 'no control is called "orgin-validation"; did you mean "origin-validation"?',
  });
  await assert.rejects(prove(['constructor'], {}), { name: 'Mistake', message: /^no control is called "constructor"/ });
});
