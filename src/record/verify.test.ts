import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readFileSync, renameSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { allLines, event, ORIGIN, open, rewrite, segmentNames, temporary, testKey } from '../../test/record/fixture.ts';
import { signCheckpoint } from './checkpoint.ts';
import { verifierKey } from './keys.ts';
import { inclusionProof, verifyInclusion, consistencyProof, verifyConsistency } from './proof.ts';
import { leafHash } from './tree.ts';
import { readLeaves, verifyLog, type LogReport } from './verify.ts';

const VERIFIER = verifierKey(ORIGIN, testKey());
const FIRST = 'segment-000000000000.jsonl';

/** A log of 40 records in one segment, with checkpoints at 10, 20, 30 and 40. */
async function written(t: TestContext): Promise<string> {
  const directory = temporary(t);
  const log = await open(t, directory);
  for (let at = 0; at < 40; at++) {
    if (at % 10 === 0 && at > 0) await log.checkpoint();
    await log.append(event(at));
  }
  await log.close();
  return directory;
}

const places = (report: LogReport): string[] =>
  report.findings.map(
    ({ kind, file, line, index, through }) =>
      `${kind} ${file}:${line} #${index}${through === undefined ? '' : `-${through}`}`,
  );

const inLine = (at: number, from: string, to: string) => (lines: string[]) =>
  lines.with(at, (lines[at] ?? '').replace(from, to));

/** Recomputes the chain as a forger who knows the format would. */
function rechained(lines: string[]): string[] {
  let prev = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
  return lines.map((line, index) => {
    const next = line.replace(/"index":\d+,"prev":"[^"]+"/, `"index":${index},"prev":"${prev}"`);
    prev = leafHash(Buffer.from(next)).toString('base64url');
    return next;
  });
}

test('a whole log is found whole', async (t) => {
  const report = await verifyLog(await written(t), VERIFIER);
  assert.deepEqual(
    [report.ok, report.records, report.signed, report.unfinished, places(report)],
    [true, 40, 40, false, []],
  );
});

const line = (at: number, text: string): string => text.replace('tools/call', `tools/${at}`);

const CHANGES: readonly [string, (lines: string[]) => string[], readonly string[]][] = [
  ['one altered', inLine(17, 'tools/call', 'tools/list'), [`altered ${FIRST}:18 #17`]],
  ['the first altered', inLine(0, 'tools/call', 'tools/list'), [`altered ${FIRST}:1 #0`]],
  ['the last altered', inLine(39, 'tools/call', 'tools/list'), [`altered ${FIRST}:40 #30-39`]],
  [
    'two altered',
    (lines) => inLine(31, 'call', 'x')(inLine(4, 'call', 'x')(lines)),
    [`altered ${FIRST}:5 #4`, `altered ${FIRST}:32 #31`],
  ],
  [
    'two neighbours altered',
    (lines) => inLine(5, 'call', 'x')(inLine(4, 'call', 'x')(lines)),
    [`altered ${FIRST}:5 #4`, `altered ${FIRST}:6 #5`],
  ],
  [
    'prev altered',
    (lines) => lines.with(6, (lines[6] ?? '').replace(/"prev":"./, '"prev":"_')),
    [`altered ${FIRST}:7 #6`],
  ],
  ['index altered', inLine(6, '"index":6', '"index":500'), [`altered ${FIRST}:7 #6`]],
  ['garbled', (lines) => lines.with(6, 'nonsense'), [`altered ${FIRST}:7 #6`]],
  ['one dropped', (lines) => lines.toSpliced(12, 1), [`dropped ${FIRST}:13 #12-12`]],
  ['three dropped', (lines) => lines.toSpliced(12, 3), [`dropped ${FIRST}:13 #12-14`]],
  ['two swapped', (lines) => lines.with(8, lines[9] ?? '').with(9, lines[8] ?? ''), [`reordered ${FIRST}:10 #8`]],
  ['one moved far', (lines) => lines.toSpliced(3, 1).toSpliced(30, 0, lines[3] ?? ''), [`reordered ${FIRST}:31 #3`]],
  ['one inserted before', (lines) => lines.toSpliced(5, 0, line(1, lines[5] ?? '')), [`inserted ${FIRST}:6 #5`]],
  ['one inserted after', (lines) => lines.toSpliced(6, 0, line(1, lines[5] ?? '')), [`inserted ${FIRST}:7 #5`]],
  ['one repeated far', (lines) => lines.toSpliced(30, 0, lines[5] ?? ''), [`inserted ${FIRST}:31 #5`]],
  ['the tail cut', (lines) => lines.slice(0, 37), [`truncated ${FIRST}:37 #37-39`]],
  ['all cut', () => [], ['truncated no segment:0 #0-39']],
  [
    'rewritten with its chain',
    (lines) => rechained(inLine(25, 'tools/call', 'tools/list')(lines)),
    [`altered ${FIRST}:30 #20-29`],
  ],
  [
    'dropped and renumbered',
    (lines) => rechained(lines.toSpliced(3, 1)),
    [`altered ${FIRST}:10 #0-9`, `truncated ${FIRST}:39 #39-39`],
  ],
];

for (const [name, change, expected] of CHANGES) {
  test(`found and placed: ${name}`, async (t) => {
    const directory = await written(t);
    rewrite(join(directory, FIRST), change);
    const report = await verifyLog(directory, VERIFIER);
    assert.deepEqual(places(report), expected);
    assert.equal(report.ok, false);
  });
}

test('a line that is not complete is unfinished beyond the checkpoint, and cut off before it', async (t) => {
  const directory = await written(t);
  const path = join(directory, FIRST);
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"index":40,`);
  const growing = await verifyLog(directory, VERIFIER);
  assert.deepEqual([growing.ok, growing.unfinished, growing.records], [true, true, 40]);
  truncateSync(path, statSync(path).size - 20);
  const cut = await verifyLog(directory, VERIFIER);
  assert.deepEqual(places(cut), [`altered ${FIRST}:40 #39`]);
});

test('a segment that is missing or swapped is found', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory, { segmentBytes: 1024 });
  for (let at = 0; at < 40; at++) await log.append(event(at));
  await log.close();
  const names = segmentNames(directory);
  assert.ok(names.length >= 4);
  const [, second = '', third = ''] = names;
  const copy = join(temporary(t), 'copy');
  cpSync(directory, copy, { recursive: true });
  rmSync(join(copy, second));
  const [from, to] = [Number(second.slice(8, 20)), Number(third.slice(8, 20)) - 1];
  assert.deepEqual(places(await verifyLog(copy, VERIFIER)), [`dropped ${third}:1 #${from}-${to}`]);
  renameSync(join(directory, second), join(directory, 'x'));
  renameSync(join(directory, third), join(directory, second));
  renameSync(join(directory, 'x'), join(directory, third));
  const swapped = await verifyLog(directory, VERIFIER);
  assert.equal(swapped.findings.filter(({ kind }) => kind === 'reordered').length, to - from + 1);
});

test('a forged checkpoint is found', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const other = { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) };
  const directory = await written(t);
  const root = Buffer.alloc(32, 7);
  writeFileSync(join(directory, 'checkpoints', '000000000020'), signCheckpoint(ORIGIN, 20, root, other).note);
  assert.deepEqual(places(await verifyLog(directory, VERIFIER)), ['forged-checkpoint checkpoints/000000000020:0 #20']);
  copyFileSync(join(directory, 'checkpoints', '000000000010'), join(directory, 'checkpoints', '000000000020'));
  assert.deepEqual(places(await verifyLog(directory, VERIFIER)), ['forged-checkpoint checkpoints/000000000020:0 #20']);
  rmSync(join(directory, 'checkpoints', '000000000020'));
  const path = join(directory, 'checkpoint');
  writeFileSync(path, readFileSync(path, 'utf8').replace('\n40\n', '\n39\n'));
  assert.deepEqual(places(await verifyLog(directory, VERIFIER)), ['forged-checkpoint checkpoint:0 #0']);
});

test('checkpoints that contradict one another are found, though each is signed', async (t) => {
  const directory = await written(t);
  writeFileSync(
    join(directory, 'checkpoints', '000000000020'),
    signCheckpoint(ORIGIN, 20, Buffer.alloc(32, 7), testKey()).note,
  );
  assert.deepEqual(places(await verifyLog(directory, VERIFIER)), [
    'inconsistent-checkpoint checkpoints/000000000020:0 #20',
  ]);
  const known = [signCheckpoint(ORIGIN, 40, Buffer.alloc(32, 7), testKey()).note];
  const report = await verifyLog(await written(t), VERIFIER, { known });
  assert.deepEqual(places(report), ['inconsistent-checkpoint known checkpoint 1:0 #40']);
});

test('a log rolled back to an earlier whole state is found against a known checkpoint', async (t) => {
  const directory = await written(t);
  const known = [readFileSync(join(directory, 'checkpoint'), 'utf8')];
  for (const size of ['000000000030', '000000000040']) rmSync(join(directory, 'checkpoints', size));
  copyFileSync(join(directory, 'checkpoints', '000000000020'), join(directory, 'checkpoint'));
  rewrite(join(directory, FIRST), (lines) => lines.slice(0, 20));
  assert.equal((await verifyLog(directory, VERIFIER)).ok, true);
  assert.deepEqual(places(await verifyLog(directory, VERIFIER, { known })), [`truncated ${FIRST}:20 #20-39`]);
});

test('records without any checkpoint are found', async (t) => {
  const directory = await written(t);
  rmSync(join(directory, 'checkpoint'));
  for (const size of ['10', '20', '30', '40']) rmSync(join(directory, 'checkpoints', `0000000000${size}`));
  assert.deepEqual(places(await verifyLog(directory, VERIFIER)), ['no-checkpoint checkpoint:0 #0']);
});

test('a record of the log is proved against its checkpoint, and one state against another', async (t) => {
  const directory = await written(t);
  const { newest } = await verifyLog(directory, VERIFIER);
  assert.ok(newest !== undefined);
  const leaves = readLeaves(directory, 40);
  const leaf = leafHash(Buffer.from(allLines(directory)[17] ?? ''));
  assert.ok(verifyInclusion(leaf, 17, newest.size, inclusionProof(17, leaves), newest.root));
  const [, , encoded = ''] = readFileSync(join(directory, 'checkpoints', '000000000030'), 'utf8').split('\n');
  assert.ok(verifyConsistency(30, Buffer.from(encoded, 'base64'), 40, newest.root, consistencyProof(30, leaves)));
  assert.throws(() => readLeaves(directory, 41), RangeError);
});
