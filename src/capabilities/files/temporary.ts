import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTree } from './open-tree.ts';
import type { PathRules } from './path.ts';
import { removeTree } from './remove-tree.ts';
import type { Tree } from './tree.ts';

/** An hour: a folder of a process that ended is surely nobody's by then. */
const STALE_MS = 3_600_000;

/** The folder under which the temporary folders of this user are. */
export function temporaryParent(): string {
  return join(tmpdir(), `portcullis-files-${process.getuid?.() ?? 'user'}`);
}

/** A folder that a call has for itself. */
export interface HeldTemporary {
  /** Absolute path. */
  readonly path: string;
  readonly tree: Tree;
  /** Closes and removes it. */
  readonly remove: () => Promise<void>;
}

/** Makes a folder, mode 0700, in one that only this user can look into. */
export async function createTemporary(rules: PathRules): Promise<HeldTemporary> {
  const parent = temporaryParent();
  await openParent(parent);
  const name = `${process.pid}-${randomBytes(12).toString('hex')}`;
  const path = join(parent, name);
  await mkdir(path, { mode: 0o700 });
  const tree = await openTree(path, rules);
  return {
    path,
    tree,
    async remove(): Promise<void> {
      await tree.close();
      await removeTree(parent, name);
    },
  };
}

let checked: Promise<void> | undefined;

function openParent(parent: string): Promise<void> {
  checked ??= claim(parent).catch((error: unknown) => {
    checked = undefined;
    throw error;
  });
  return checked;
}

/** Another user may have made it first, where all can write: then nothing is put there. */
async function claim(parent: string): Promise<void> {
  await mkdir(parent, { mode: 0o700, recursive: true });
  const { uid, mode, ...found } = await lstat(parent);
  const own = process.getuid?.();
  if (own !== undefined && ((mode & 0o170_000) !== 0o040_000 || uid !== own || (mode & 0o077) !== 0)) {
    throw new Error(`${parent} is not a folder of this user's alone (owner ${uid}, inode ${found.ino})`);
  }
  for (const name of await readdir(parent)) await sweep(parent, name);
}

/** Removes what a process that was killed has left. */
async function sweep(parent: string, name: string): Promise<void> {
  const pid = /^(\d+)-[0-9a-f]{24}$/.exec(name)?.[1];
  if (pid === undefined || isAlive(Number(pid))) return;
  const found = await stat(join(parent, name)).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
    await removeTree(parent, name).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
