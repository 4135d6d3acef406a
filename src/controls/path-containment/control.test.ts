import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configure } from './control.ts';

const RULES = { maxDepth: 8, denied: () => false };

async function place(t: { after(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-containment-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'root'));
  await mkdir(join(folder, 'outside'));
  await writeFile(join(folder, 'outside/canary'), 'canary');
  await symlink('../outside', join(folder, 'root/way'));
  return join(folder, 'root');
}

async function readBy(weakened: readonly string[], root: string, path: string): Promise<string> {
  const tree = await configure(new Set(weakened))(root, RULES);
  try {
    const names = tree.parse(path);
    const folder = await tree.folder(names.slice(0, -1));
    try {
      const { file } = await tree.file(folder, names.at(-1) ?? '', 'read');
      const text = await file.readFile('utf8');
      await file.close();
      return text;
    } finally {
      await folder.close();
    }
  } finally {
    await tree.close();
  }
}

test('switched on, no path leads out; switched off, each one does', async (t) => {
  const root = await place(t);
  for (const path of ['../outside/canary', 'way/canary', join(root, '../outside/canary')]) {
    await assert.rejects(readBy([], root, path), /ENOTDIR|not allowed/, path);
    assert.equal(await readBy(['path-containment'], root, path), 'canary', path);
  }
});

test('a root that is too wide, relative, or no folder cannot be opened, switched on or off', async (t) => {
  const root = await place(t);
  for (const weakened of [[], ['path-containment']]) {
    const open = configure(new Set(weakened));
    await assert.rejects(async () => open('/', RULES), /too wide/);
    await assert.rejects(async () => open('/proc/self', RULES), /too wide/);
    await assert.rejects(async () => open('data', RULES), /not an absolute path/);
    await assert.rejects(async () => open(join(root, 'absent'), RULES), /no folder/);
    await assert.rejects(async () => open(join(root, '../outside/canary'), RULES), /no folder/);
  }
});
