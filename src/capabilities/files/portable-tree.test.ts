import assert from 'node:assert/strict';
import { link, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createRuntime, createCall } from '../../../test/support/runtime.ts';
import { Budget } from './budget.ts';
import { files } from './files.ts';
import { openPortableTree } from './portable-tree.ts';
import { listFolder, readText, statPath } from './read.ts';
import type { Tree } from './tree.ts';
import { appendFile, makeFolder, removePath, writeFile as write } from './write.ts';

async function place(
  t: TestContext,
): Promise<{ readonly folder: string; readonly tree: Tree; readonly budget: Budget }> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-portable-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['root', 'root/a', 'outside']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'outside/canary'), 'canary');
  await writeFile(join(folder, 'root/a/x'), 'inside');
  const tree = await openPortableTree(join(folder, 'root'), { maxDepth: 8, denied: (name) => name.startsWith('.') });
  const limits = { fileBytes: 100, totalBytes: 1000, operations: 100, entries: 100 };
  const budget = new Budget(limits, () => new AbortController().signal);
  return { folder, tree, budget };
}

test('without /proc files are read, listed, written and removed', async (t) => {
  const { tree, budget } = await place(t);
  assert.equal(await readText(tree, budget, 'a/x'), 'inside');
  await makeFolder(tree, 'b/c');
  await write(tree, budget, 'b/c/y', 'new', false);
  await appendFile(tree, budget, 'b/c/y', 'er');
  assert.equal(await readText(tree, budget, 'b/c/y'), 'newer');
  assert.deepEqual(
    (await listFolder(tree, budget, '')).map(({ name }) => name),
    ['a', 'b'],
  );
  await removePath(tree, 'b/c/y');
  await removePath(tree, 'b/c');
  assert.deepEqual(await listFolder(tree, budget, 'b'), []);
  await assert.rejects(readText(tree, budget, 'a/gone'), { code: 'ENOENT' });
});

test('without /proc links, hard links and every other spelling are refused as well', async (t) => {
  const { folder, tree, budget } = await place(t);
  await symlink('../outside', join(folder, 'root/way'));
  await symlink('../outside/canary', join(folder, 'root/link'));
  await link(join(folder, 'outside/canary'), join(folder, 'root/hard'));
  for (const path of ['way/canary', 'link', 'hard', '../outside/canary', '.env', join(folder, 'outside/canary')]) {
    await assert.rejects(readText(tree, budget, path), { reason: 'refused' }, path);
    await assert.rejects(statPath(tree, path), { reason: 'refused' }, path);
    await assert.rejects(appendFile(tree, budget, path, 'x'), { reason: 'refused' }, path);
  }
  await assert.rejects(write(tree, budget, 'way/new', 'x', false), { reason: 'refused' });
  await assert.rejects(makeFolder(tree, 'way/new'), { reason: 'refused' });
  assert.deepEqual(
    (await listFolder(tree, budget, '')).map(({ name }) => name),
    ['a'],
  );
});

test('without /proc a folder that was swapped after it was found is noticed', async (t) => {
  const { folder, tree } = await place(t);
  const found = await tree.folder(['a']);
  await rename(join(folder, 'root/a'), join(folder, 'root/b'));
  await symlink('../outside', join(folder, 'root/a'));
  await assert.rejects(found.verify(), { reason: 'refused' });
  await assert.rejects(tree.file(found, 'canary', 'read'), { reason: 'refused' });
});

test('the swap of a whole root is noticed by the strict tree', { skip: process.platform !== 'linux' }, async (t) => {
  const { folder } = await place(t);
  const handle = await files('docs', 'read').open(createRuntime({ roots: { docs: join(folder, 'root') } }));
  t.after(() => handle.close());
  await rename(join(folder, 'root'), join(folder, 'gone'));
  await assert.rejects(handle.grant(createCall()).text('a/x'), { reason: 'refused' });
});
