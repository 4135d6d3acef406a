import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { portcullis } from '../support/command.ts';

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
      'control | catalogue | http modern | http legacy | stdio modern | stdio legacy',
      'input-schema | VAL-01 | off: succeeds | on: fails | off: succeeds | on: fails | off: succeeds | on: fails | off: succeeds | on: fails',
      'origin-validation | ARC-02 | off: succeeds | on: fails | off: succeeds | on: fails | - | -',
      'prove: 2 controls proven over 6 ways, 0 not',
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
  assert.deepEqual(closing, { proven: 1, ways: 2, broken: 0 });
  assert.partialDeepStrictEqual(control, {
    id: 'origin-validation',
    holds: true,
    ways: [
      { transport: 'http', era: 'modern', proof: { off: { status: 'fail' }, on: { status: 'pass' } } },
      { transport: 'http', era: 'legacy', proof: { off: { status: 'fail' }, on: { status: 'pass' } } },
      { transport: 'stdio', era: 'modern' },
      { transport: 'stdio', era: 'legacy' },
    ],
  });
  assert.deepEqual(rest, []);
});
