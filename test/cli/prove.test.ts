import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { portcullis } from '../support/command.ts';

const hasSandbox = (await detectSandbox()).missing === undefined;
const HOLDS = 'off: succeeds | on: fails';
const GATEWAY = hasSandbox ? `${HOLDS} | ${HOLDS}` : '- | -';

test('prove attacks the controls that it is told to, over pipes and over HTTP, and prints both columns', async (t) => {
  const run = portcullis(t, tmpdir(), ['prove', 'origin-validation', 'input-schema']);
  assert.equal(await run.ended, 0, run.stderr());
  assert.deepEqual(
    run
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/ {2,}/g, ' | ')),
    [
      'control | catalogue | http modern | http legacy | stdio modern | stdio legacy | gateway modern | gateway legacy',
      `input-schema | VAL-01 | ${Array(4).fill(HOLDS).join(' | ')} | ${GATEWAY}`,
      `origin-validation | ARC-02 | ${HOLDS} | ${HOLDS} | - | - | ${GATEWAY}`,
      `prove: 2 controls proven over ${hasSandbox ? 10 : 6} ways, 0 not`,
    ],
  );
});

test('prove --json prints one object a line, the closing one too', async (t) => {
  const run = portcullis(t, tmpdir(), ['prove', '--json', 'origin-validation']);
  assert.equal(await run.ended, 0, run.stderr());
  const [control, closing, ...rest] = run
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  assert.deepEqual(closing, { proven: 1, ways: hasSandbox ? 4 : 2, broken: 0 });
  assert.partialDeepStrictEqual(control, {
    id: 'origin-validation',
    holds: true,
    ways: [
      { transport: 'http', era: 'modern', proof: { off: { status: 'fail' }, on: { status: 'pass' } } },
      { transport: 'http', era: 'legacy', proof: { off: { status: 'fail' }, on: { status: 'pass' } } },
      { transport: 'stdio', era: 'modern' },
      { transport: 'stdio', era: 'legacy' },
      { transport: 'http', era: 'modern', gateway: true },
      { transport: 'http', era: 'legacy', gateway: true },
    ],
  });
  assert.deepEqual(rest, []);
});
