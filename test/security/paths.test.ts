import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { FilesError } from '../../src/capabilities/files/error.ts';
import { files, type FilesWriter } from '../../src/capabilities/files/files.ts';
import { hasProc } from '../../src/capabilities/files/open-tree.ts';
import { createCall, createRuntime } from '../support/runtime.ts';
import type { SwapOrder } from '../support/swap-worker.ts';

const CANARY = 'canary-outside-of-the-root';
const PAYLOADS = new URL('../../../shared/corpora/payloads/', import.meta.url);
const WIDE = { maxOperations: 1_000_000, maxTotalBytes: 16 * 1024 ** 3, maxEntries: 100_000 };

/** Names and contents of everything under a folder but for the root. */
function snapshot(folder: string, root: string): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const at = join(path, entry.name);
      if (at === root) continue;
      found.push(`${relative(folder, at)} ${entry.isFile() ? readFileSync(at, 'utf8') : ''}`);
      if (entry.isDirectory()) visit(at);
    }
  };
  visit(folder);
  return found.toSorted();
}

interface Place {
  readonly folder: string;
  readonly root: string;
  readonly outside: string;
}

async function place(t: TestContext): Promise<Place> {
  const fast = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = await mkdtemp(join(fast, 'portcullis-paths-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  for (const name of ['root', 'root/a', 'root/a/b', 'outside', 'outside/deep', 'root-old', 'etc'])
    await mkdir(join(folder, name));
  for (const name of [
    'outside/note',
    'outside/only-outside',
    'only-outside',
    'outside/deep/note',
    'outside/canary.txt',
    'root-old/canary.txt',
    'canary.txt',
    'etc/passwd',
  ])
    await writeFile(join(folder, name), CANARY);
  await writeFile(join(root, 'a/b/plain.txt'), 'inside');
  return { folder, root, outside };
}

async function open(t: TestContext, root: string, weakened: readonly string[] = []): Promise<FilesWriter> {
  const runtime = createRuntime({ roots: { docs: root }, weakened: new Set(weakened) });
  const handle = await files('docs', 'write', WIDE).open(runtime);
  t.after(() => handle.close());
  return handle.grant(createCall());
}

/** What came of one operation: what was seen, or why nothing was. */
async function attempt(work: () => Promise<unknown>): Promise<string> {
  try {
    const seen = await work();
    return typeof seen === 'string' ? seen : JSON.stringify(seen ?? 'done');
  } catch (error) {
    if (error instanceof FilesError) return `refused: ${error.reason}`;
    throw error;
  }
}

const OPERATIONS: readonly (readonly [string, (docs: FilesWriter, path: string) => Promise<unknown>])[] = [
  ['text', (docs, path) => docs.text(path)],
  ['read', async (docs, path) => Buffer.from((await docs.read(path)).bytes).toString('latin1')],
  ['list', (docs, path) => docs.list(path)],
  ['stat', (docs, path) => docs.stat(path)],
  ['write', (docs, path) => docs.write(path, 'written', { overwrite: true })],
  ['write anew', (docs, path) => docs.write(path, 'written')],
  ['append', (docs, path) => docs.append(path, 'written')],
  ['mkdir', (docs, path) => docs.mkdir(path)],
  ['remove', (docs, path) => docs.remove(path)],
];

/** Whether an answer shows something that is not under the root. */
function isLeak(seen: string): boolean {
  return seen.includes(CANARY) || seen.includes('only-outside') || seen.includes('root:x:0:0');
}

interface Swapping extends Place {
  readonly stop: () => Promise<number>;
}

async function startSwapping(t: TestContext): Promise<Swapping> {
  const here = await place(t);
  const shared = new SharedArrayBuffer(8);
  const counters = new Int32Array(shared);
  const order: SwapOrder = { root: here.root, outside: here.outside, shared };
  const worker = new Worker(new URL('../support/swap-worker.ts', import.meta.url), { workerData: order });
  const ended = new Promise<void>((resolve, reject) => worker.once('error', reject).once('exit', () => resolve()));
  const begun = Atomics.waitAsync(counters, 1, 0);
  if (begun.async) await Promise.race([begun.value, ended]);
  let stopped: Promise<number> | undefined;
  const stop = (): Promise<number> => {
    Atomics.store(counters, 0, 1);
    return (stopped ??= ended.then(() => Atomics.load(counters, 1)));
  };
  t.after(stop);
  return { ...here, stop };
}

/** Paths that lead through what is swapped. */
const RACED: readonly (readonly [number, (docs: FilesWriter, turn: number) => Promise<unknown>])[] = [
  [25_000, (docs) => docs.text('way/note')],
  [15_000, (docs) => docs.text('way/deep/note')],
  [20_000, (docs) => docs.text('note')],
  [10_000, (docs) => docs.list('way')],
  [5_000, (docs) => docs.stat('way/canary.txt')],
  [5_000, (docs) => docs.append('note', '')],
  [10_000, (docs, turn) => docs.write(`way/w${turn % 16}`, 'written', { overwrite: true })],
  [5_000, (docs, turn) => docs.append(`way/a${turn % 16}`, '+')],
  [2_500, (docs, turn) => docs.mkdir(`way/m${turn % 16}/n`)],
  [2_500, (docs) => docs.remove('way/canary.txt')],
];
const AT_ONCE = 8;

/** Runs operations, several at a time, until `rounds` are done or `found` says so; gives the answers by kind. */
async function race(
  rounds: number,
  work: (turn: number) => Promise<unknown>,
  found: (seen: string) => boolean = () => false,
): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  let turn = 0;
  const lane = async (): Promise<void> => {
    while (turn < rounds) {
      const answer = await attempt(() => work(turn++));
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
      if (found(answer)) turn = rounds;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return seen;
}

test('100,000 rounds against names that are swapped for links: nothing outside is read or written', async (t) => {
  const { folder, root, stop } = await startSwapping(t);
  const before = snapshot(folder, root);
  const docs = await open(t, root);
  const seen = new Map<string, number>();
  let rounds = 0;
  for (const [count, work] of RACED) {
    for (const [answer, times] of await race(count, (turn) => work(docs, turn))) {
      seen.set(answer, (seen.get(answer) ?? 0) + times);
      rounds += times;
    }
  }
  const swaps = await stop();
  assert.equal(rounds, 100_000);
  assert.deepEqual([...seen.keys()].filter(isLeak), []);
  assert.deepEqual(snapshot(folder, root), before);
  const times = (answer: string) => seen.get(answer) ?? 0;
  t.diagnostic(
    `${swaps} swaps; inside ${times('inside')}, refused ${times('refused: refused')}, missing ${times('refused: missing')}`,
  );
  // The race was one: both states of what was swapped were met.
  assert.ok(times('inside') > 100 && times('refused: refused') > 100 && times('"done"') > 100);
});

test('the same race finds the canary where a path is checked and then used', async (t) => {
  const { root, stop } = await startSwapping(t);
  const canonical = await realpath(root);
  const checkThenRead = async (path: string): Promise<string> => {
    const real = await realpath(join(root, path)).catch(() => '');
    if (!real.startsWith(`${canonical}/`)) throw new FilesError('refused');
    return readFile(join(root, path), 'utf8').catch(() => 'gone');
  };
  const seen = await race(
    2_000_000,
    () => checkThenRead('way/note'),
    (answer) => answer === CANARY,
  );
  await stop();
  assert.ok((seen.get(CANARY) ?? 0) > 0, JSON.stringify([...seen]));
});

test('the same race reads and writes outside where containment is switched off', async (t) => {
  const { folder, root, outside, stop } = await startSwapping(t);
  const before = snapshot(folder, root);
  const docs = await open(t, root, ['path-containment']);
  const read = await race(
    1_000_000,
    () => docs.text('way/note'),
    (answer) => answer === CANARY,
  );
  const isOut = () => existsSync(join(outside, 'w0'));
  await race(1_000_000, () => docs.write('way/w0', 'written', { overwrite: true }), isOut);
  await stop();
  assert.ok((read.get(CANARY) ?? 0) > 0);
  assert.notDeepEqual(snapshot(folder, root), before);
});

/** The lines of the shared lists, with a file to put into their placeholder; none where the lists are absent. */
function sharedPayloads(): readonly string[] {
  return ['traversal-basic.txt', 'traversal-exotic-encoding.txt'].flatMap((name) => {
    const url = new URL(name, PAYLOADS);
    if (!existsSync(url)) return [];
    const lines = readFileSync(url, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return lines.flatMap((line) =>
      line.includes('{FILE}')
        ? ['canary.txt', 'etc/passwd', 'outside/canary.txt'].map((file) => line.replaceAll('{FILE}', file))
        : [line],
    );
  });
}

/** Dots and slashes in every form that some decoder takes, put together at several depths, before several targets. */
function generatedPayloads({ folder, outside }: Place): readonly string[] {
  const dots = [
    '..',
    '%2e%2e',
    '.%2e',
    '%252e%252e',
    '%%32%65%%32%65',
    '%c0%ae%c0%ae',
    '%u002e%u002e',
    '\uff0e\uff0e',
    '\u2024\u2024',
    '\u2025',
    '.\u200b.',
    '..\u0000',
    '.. ',
    '...',
    '.. .',
    '\u202e..',
    '..;',
    '.\\.',
    '&#46;&#46;',
  ];
  const slashes = [
    '/',
    '//',
    '\\',
    '\\/',
    '%2f',
    '%5c',
    '%252f',
    '\uff0f',
    '\u2215',
    '\u2044',
    '%c0%af',
    '/./',
    '\u0000/',
  ];
  const targets = ['canary.txt', 'outside/canary.txt', 'root-old/canary.txt', 'etc/passwd', 'outside', ''];
  const made: string[] = [];
  for (const dot of dots) {
    for (const slash of slashes) {
      for (const depth of [1, 2, 3, 8]) {
        for (const target of targets) {
          const up = `${dot}${slash}`.repeat(depth);
          made.push(`${up}${target}`, `a${slash}b${slash}${up}${target}`, `/${up}${target}`);
        }
      }
    }
  }
  const absolute = [
    join(outside, 'canary.txt'),
    join(folder, 'root-old/canary.txt'),
    '/etc/passwd',
    '/proc/self/environ',
  ];
  for (const path of absolute) {
    for (const prefix of [
      '',
      '/',
      '//',
      'file://',
      'file:',
      '\\\\?\\',
      '\\\\localhost',
      'C:',
      '~',
      './',
      '/proc/self/root',
      '/dev/fd/../..',
      '|',
      '\u0000',
    ])
      made.push(`${prefix}${path}`, `${prefix}${path}\u0000.png`, `${prefix}${path}::$DATA`, `${prefix}${path}%00.txt`);
  }
  for (let fd = 0; fd < 64; fd++)
    made.push(`/proc/self/fd/${fd}`, `../../proc/self/fd/${fd}/etc/passwd`, `/dev/fd/${fd}`);
  return made;
}

async function attack(
  docs: FilesWriter,
  payloads: readonly string[],
  operations = OPERATIONS,
): Promise<readonly string[]> {
  const leaks: string[] = [];
  for (const payload of payloads) {
    const answers = await Promise.all(
      operations.map(async ([name, work]) => `${name} ${await attempt(() => work(docs, payload))}`),
    );
    if (answers.some(isLeak)) leaks.push(payload);
  }
  return leaks;
}

test('every payload of the shared lists and many more: nothing is read, listed, looked at or written outside', async (t) => {
  const here = await place(t);
  await symlink(here.outside, join(here.root, 'out'));
  const before = snapshot(here.folder, here.root);
  const passwd = statSync('/etc/passwd').mtimeMs;
  const docs = await open(t, here.root);
  const [shared, generated] = [sharedPayloads(), generatedPayloads(here)];
  if (shared.length === 0) t.diagnostic('skipped the shared payload lists: ../shared/corpora is absent');
  const payloads = [...shared, ...generated, 'out/canary.txt', 'out/deep/note', 'out', 'a/../out/note'];
  assert.deepEqual(await attack(docs, payloads), []);
  assert.deepEqual(snapshot(here.folder, here.root), before);
  assert.equal(statSync('/etc/passwd').mtimeMs, passwd);
  t.diagnostic(
    `${shared.length} shared and ${generated.length} generated payloads, ${OPERATIONS.length} operations each`,
  );
});

test('the same payloads lead out where containment is switched off', async (t) => {
  const here = await place(t);
  const docs = await open(t, here.root, ['path-containment']);
  // Looking only: what would be written could be anything of this machine.
  const looking = OPERATIONS.filter(([name]) => name === 'text' || name === 'list');
  const leaks = await attack(docs, [...sharedPayloads(), ...generatedPayloads(here)], looking);
  t.diagnostic(`${leaks.length} payloads lead out`);
  assert.ok(leaks.length > 100, String(leaks.length));
});

test('on Linux the strict tree is in use', { skip: process.platform !== 'linux' }, () => {
  assert.ok(hasProc());
});
