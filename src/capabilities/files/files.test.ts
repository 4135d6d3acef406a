import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createCall, createRuntime, type TestCall } from '../../../test/support/runtime.ts';
import { FilesError } from './error.ts';
import { openTree } from './open-tree.ts';
import { files, type FilesWriter } from './files.ts';
import type { FilesOptions } from './options.ts';

/** A folder with `root` (a file, a folder) and `outside` (a canary) in it. */
async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-files-test-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['root', 'root/reports', 'outside']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'root/reports/may.txt'), 'May was fine.');
  await writeFile(join(folder, 'outside/canary'), 'canary');
  return folder;
}

interface Opened {
  readonly docs: FilesWriter;
  readonly call: TestCall;
  readonly folder: string;
  readonly lines: string[];
}

async function open(t: TestContext, options: FilesOptions = {}): Promise<Opened> {
  const folder = await place(t);
  const lines: string[] = [];
  const runtime = createRuntime({ roots: { docs: join(folder, 'root') }, log: (line) => void lines.push(line) });
  const handle = await files('docs', 'write', options).open(runtime);
  t.after(() => handle.close());
  const call = createCall();
  t.after(() => call.end());
  return { docs: handle.grant(call), call, folder, lines };
}

const failing = (reason: string) => ({ name: 'PublicError', reason });

test('files are read with their type, as text, listed and looked at', async (t) => {
  const { docs, folder } = await open(t);
  await writeFile(join(folder, 'root/pixel'), Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1'));
  assert.equal(await docs.text('reports/may.txt'), 'May was fine.');
  const { bytes, mimeType } = await docs.read('pixel');
  assert.equal(Buffer.from(bytes).toString('latin1'), '\x89PNG\r\n\x1a\nrest');
  assert.equal(mimeType, 'image/png');
  const listed = (await docs.list()).map(({ name, kind, bytes: size }) => ({ name, kind, size }));
  assert.deepEqual(listed, [
    { name: 'pixel', kind: 'file', size: 12 },
    { name: 'reports', kind: 'folder', size: 0 },
  ]);
  assert.deepEqual(
    (await docs.list('reports')).map(({ name }) => name),
    ['may.txt'],
  );
  assert.equal((await docs.stat('reports/may.txt')).bytes, 13);
  assert.equal((await docs.stat('reports')).kind, 'folder');
  assert.equal((await docs.stat('')).kind, 'folder');
});

test('files are written whole, not over others unless told, and removed', async (t) => {
  const { docs, folder } = await open(t);
  await docs.mkdir('a/b');
  await docs.write('a/b/x.txt', 'one');
  await assert.rejects(docs.write('a/b/x.txt', 'two'), failing('exists'));
  assert.equal(await docs.text('a/b/x.txt'), 'one');
  await docs.write('a/b/x.txt', Buffer.from('two'), { overwrite: true });
  await docs.append('a/b/x.txt', ' more');
  await docs.append('a/b/y.txt', 'new');
  assert.equal(await docs.text('a/b/x.txt'), 'two more');
  assert.deepEqual(await readdir(join(folder, 'root/a/b')), ['x.txt', 'y.txt']);
  assert.equal(statSync(join(folder, 'root/a/b/x.txt')).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, 'root/a/b')).mode & 0o777, 0o700);
  await assert.rejects(docs.remove('a/b'), failing('not-empty'));
  await docs.remove('a/b/x.txt');
  await docs.remove('a/b/y.txt');
  await docs.remove('a/b');
  assert.deepEqual(await readdir(join(folder, 'root/a')), []);
  await assert.rejects(docs.remove(''), failing('refused'));
});

test('failures say a reason and no path', async (t) => {
  const { docs, folder } = await open(t);
  await writeFile(join(folder, 'root/latin'), Buffer.from([0x67, 0xfc]));
  const table: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => docs.text('absent'), 'missing'],
    [() => docs.text('reports'), 'not-a-file'],
    [() => docs.text(''), 'not-a-file'],
    [() => docs.text('latin'), 'not-text'],
    [() => docs.list('reports/may.txt'), 'refused'],
    [() => docs.write('absent/x', 'x'), 'missing'],
    [() => docs.write('reports', 'x', { overwrite: true }), 'not-a-file'],
    [() => docs.text('../outside/canary'), 'refused'],
  ];
  for (const [work, reason] of table) {
    const error = await work().then(
      () => assert.fail(reason),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Error && 'reason' in error);
    assert.equal(error.reason, reason);
    assert.ok(!`${error.message}${JSON.stringify(error)}`.includes(folder));
  }
});

test('links, hard links and special files are neither read, listed, written nor removed', async (t) => {
  const { docs, folder, lines } = await open(t);
  const at = (name: string) => join(folder, 'root', name);
  await symlink('../outside/canary', at('link'));
  await symlink('../outside', at('way'));
  await symlink('reports', at('inner'));
  await symlink('/proc', at('kernel'));
  await link(join(folder, 'outside/canary'), at('hard'));
  execFileSync('bash', ['-c', 'mkfifo "$0"', at('fifo')]);
  const socket = createServer().listen(at('socket'));
  t.after(() => new Promise((resolve) => socket.close(resolve)));
  for (const name of ['link', 'way/canary', 'inner/may.txt', 'kernel/self/environ', 'hard', 'fifo', 'socket']) {
    await assert.rejects(docs.text(name), failing('refused'), name);
    await assert.rejects(docs.stat(name), failing('refused'), name);
    await assert.rejects(docs.append(name, 'x'), failing('refused'), name);
    await assert.rejects(docs.remove(name), failing('refused'), name);
  }
  for (const name of ['way', 'inner', 'kernel', 'way/new']) {
    await assert.rejects(docs.list(name), failing('refused'), name);
    await assert.rejects(docs.mkdir(name), failing('refused'), name);
    await assert.rejects(docs.write(`${name}/x`, 'x'), failing('refused'), name);
  }
  assert.deepEqual(
    (await docs.list()).map(({ name }) => name),
    ['reports'],
  );
  // What takes the place of a link is a file; what the link led to is left alone.
  await docs.write('link', 'mine', { overwrite: true });
  assert.equal(readFileSync(join(folder, 'outside/canary'), 'utf8'), 'canary');
  assert.deepEqual(await readdir(join(folder, 'outside')), ['canary']);
  assert.ok(lines.includes('files docs: refused (a hard link) "hard"'), lines.join('\n'));
});

test('hidden names and names of keys are denied, as files and as folders', async (t) => {
  const { docs, folder } = await open(t, { deny: ['draft-*'], allow: ['.well-known'] });
  await mkdir(join(folder, 'root/.git'));
  await mkdir(join(folder, 'root/.well-known'));
  for (const name of ['.git/config', '.env', 'tls.key', 'draft-1', '.well-known/x'])
    await writeFile(join(folder, 'root', name), 'x');
  for (const name of ['.git/config', '.env', '.ENV', 'tls.key', 'draft-1', 'Draft-1']) {
    await assert.rejects(docs.text(name), failing('refused'), name);
    await assert.rejects(docs.write(name, 'y', { overwrite: true }), failing('refused'), name);
  }
  assert.equal(await docs.text('.well-known/x'), 'x');
  assert.deepEqual(
    (await docs.list()).map(({ name }) => name),
    ['.well-known', 'reports'],
  );
});

test('one call has its bounds', async (t) => {
  const options = { maxFileBytes: 10, maxTotalBytes: 25, maxOperations: 12, maxEntries: 3 };
  const { docs, folder } = await open(t, options);
  await writeFile(join(folder, 'root/ten'), '0123456789');
  await writeFile(join(folder, 'root/eleven'), '0123456789+');
  await assert.rejects(docs.text('eleven'), failing('too-large'));
  await assert.rejects(docs.write('x', '0123456789+'), failing('too-large'));
  await assert.rejects(docs.append('ten', '+'), failing('too-large'));
  await docs.text('ten');
  await docs.text('ten');
  await assert.rejects(docs.text('ten'), failing('too-many'));
  await docs.write('x', '0123456789');
  await docs.write('x', '0123456789', { overwrite: true });
  await assert.rejects(docs.write('x', '0123456789', { overwrite: true }), failing('too-many'));
  await assert.rejects(docs.list(), failing('too-many'));
  await docs.stat('ten');
  await docs.stat('ten');
  await assert.rejects(docs.stat('ten'), failing('too-many'));
});

test('a call does many things at once, a few of them at a time, and holds nothing open afterwards', async (t) => {
  const { docs } = await open(t);
  await docs.text('reports/may.txt');
  const before = readdirSync('/proc/self/fd').length;
  const reads = Array.from({ length: 300 }, (_, index) => docs.text(index % 3 === 0 ? 'absent' : 'reports/may.txt'));
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, readdirSync('/proc/self/fd').length)), 1);
  const settled = await Promise.allSettled(reads);
  clearInterval(watch);
  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 200);
  assert.ok(most - before < 100, String(most - before));
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

test('a tree that is closed waits for what is under way, and opens nothing more', async (t) => {
  const folder = await place(t);
  const tree = await openTree(join(folder, 'root'), { maxDepth: 8, denied: () => false });
  const held = await tree.folder(['reports']);
  const top = await tree.folder([]);
  let closed = false;
  const closing = tree.close().then(() => (closed = true));
  await assert.rejects(tree.folder([]), failing('ended'));
  assert.deepEqual(await readdir(top.path), ['reports']);
  await held.close();
  await held.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(closed, false);
  await top.close();
  await closing;
});

test('a call that is over can do nothing more', async (t) => {
  const { docs, call } = await open(t);
  await docs.text('reports/may.txt');
  await call.end();
  await assert.rejects(docs.text('reports/may.txt'), failing('ended'));
  await assert.rejects(docs.write('x', 'x'), failing('ended'));
});

test("a temporary folder is its call's own, counts, and vanishes with it", async (t) => {
  const { docs, call } = await open(t, { maxTotalBytes: 10 });
  const folder = await docs.temporary();
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  await folder.mkdir('a/b');
  await folder.write('a/b/x', '12345678');
  assert.equal(await folder.text('a/b/x'), '12345678');
  await assert.rejects(folder.write('y', '123'), failing('too-many'));
  await assert.rejects(folder.text('../../x'), failing('refused'));
  execFileSync('bash', [
    '-c',
    'ln -s /etc "$0/etc"; mkfifo "$0/a/fifo"; touch "$0/"$\'\\xff\\xfe\'; mkdir "$0/"$\'d\\xff\'',
    folder.path,
  ]);
  assert.ok(existsSync(folder.path));
  await call.end(new Error('cancelled'));
  assert.ok(!existsSync(folder.path));
  assert.ok(existsSync('/etc/passwd'));
  await assert.rejects(folder.text('a/b/x'), failing('ended'));
});

test('a reader has no way to change', async (t) => {
  const folder = await place(t);
  const handle = await files('docs', 'read').open(createRuntime({ roots: { docs: join(folder, 'root') } }));
  t.after(() => handle.close());
  const reader = handle.grant(createCall());
  assert.deepEqual(Object.keys(reader).toSorted(), ['list', 'read', 'stat', 'temporary', 'text']);
  assert.ok(Object.isFrozen(reader));
});

test('nothing is done in a root that was moved or replaced while it is open', async (t) => {
  const { docs, folder } = await open(t);
  await rename(join(folder, 'root'), join(folder, 'old'));
  await symlink('outside', join(folder, 'root'));
  await assert.rejects(docs.text('canary'), failing('refused'));
  await assert.rejects(docs.write('x', 'x'), failing('refused'));
  assert.deepEqual(await readdir(join(folder, 'outside')), ['canary']);
});

test('mistakes of the developer are named', async (t) => {
  const folder = await place(t);
  const runtime = createRuntime({ roots: { docs: join(folder, 'root'), gone: join(folder, 'gone') } });
  assert.throws(() => files('a b', 'read'), /files\(\) takes the name of a root/);
  assert.throws(() => files('docs', 'all' as 'read'), /"read" or "write"/);
  assert.throws(() => files('docs', 'read', { maxBytes: 1 } as FilesOptions), /unknown option "maxBytes"/);
  assert.throws(() => files('docs', 'read', { maxDepth: 0 }), /"maxDepth" must be a whole number from 1 to 64/);
  assert.throws(() => files('docs', 'read', { deny: ['a/b'] }), /"deny" is a list of globs/);
  await assert.rejects(async () => files('dosc', 'read').open(runtime), /no root "dosc"; did you mean "docs"\?/);
  await assert.rejects(async () => files('gone', 'read').open(runtime), /is no folder/);
  await assert.rejects(async () => files('toString', 'read').open(runtime), /no root "toString"/);
  const { docs } = await open(t);
  await assert.rejects(docs.write('x', 7 as unknown as string), TypeError);
  assert.throws(() => docs.write('x', 'x', { overwite: true } as object), /did you mean "overwrite"/);
});

test('what it touches is told', () => {
  const places = { sources: {}, roots: { docs: '/srv/docs' }, hosts: {}, programs: {} };
  const reader = files('docs', 'read').system?.(places);
  assert.deepEqual(reader?.reads, ['/srv/docs']);
  assert.ok(reader?.writes.every((path) => !path.startsWith('/srv')));
  const writer = files('docs', 'write').system?.(places);
  assert.ok(writer?.writes.includes('/srv/docs'));
  assert.deepEqual(files('docs', 'read').declares, { root: 'docs', access: 'read' });
});

test('from inside of a sandbox the host does each call', async (t) => {
  const { docs, call } = await open(t);
  const { remote } = files('docs', 'write');
  assert.ok(remote?.face !== undefined);
  const serve = async (method: string, args: readonly unknown[]): Promise<unknown> =>
    structuredClone(await remote.serve?.(docs, method, structuredClone(args)));
  const send = (method: string, args: readonly unknown[]): Promise<unknown> =>
    serve(method, args).catch((error: Error & { readonly reason?: string }) => {
      throw Object.assign(new Error(error.message), { reason: error.reason });
    });
  const face = remote.face(send);
  await face.write('x', 'over there');
  assert.equal(await face.text('x'), 'over there');
  const folder = await face.temporary();
  await folder.write('y', Buffer.from('z'));
  assert.equal(Buffer.from((await folder.read('y')).bytes).toString(), 'z');
  await assert.rejects(
    face.text('../outside/canary'),
    (error) => error instanceof FilesError && error.reason === 'refused',
  );
  for (const [method, args] of [
    ['constructor', []],
    ['temporary.text', [1, 'y']],
    ['temporary.text', ['length', 'y']],
    ['temporary.path', [0]],
    ['__proto__', []],
  ] as const)
    await assert.rejects(async () => serve(method, args), TypeError, method);
  await call.end();
  assert.ok(!existsSync(folder.path));
});
