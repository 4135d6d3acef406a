import { stat } from 'node:fs/promises';
import { isAbsolute, parse } from 'node:path';
import { openLinuxTree } from './linux-tree.ts';
import type { PathRules } from './path.ts';
import { openPortableTree } from './portable-tree.ts';
import type { Tree } from './tree.ts';

/**
 * Whether open folders are reached by `/proc/self/fd`. INVARIANT: always on Linux, where a `/proc` that is missing or not
 * permitted is an error at start-up and no reason to take weaker means.
 */
export function hasProc(): boolean {
  return process.platform === 'linux';
}

const KERNEL = /^\/(?:proc|sys|dev)(?:\/|$)/;

/**
 * Opens the tree under a folder, by the strictest means that the system has.
 * @throws TypeError when the folder cannot be a root.
 */
export async function openTree(root: string, rules: PathRules): Promise<Tree> {
  await checkRoot(root);
  return hasProc() ? openLinuxTree(root, rules) : openPortableTree(root, rules);
}

/**
 * Insists that a folder can be a root.
 * @throws TypeError that says why not.
 */
export async function checkRoot(root: string): Promise<void> {
  if (!isAbsolute(root)) throw new TypeError(`The root ${JSON.stringify(root)} is not an absolute path.`);
  if (root === parse(root).root || (KERNEL.test(root) && !root.startsWith('/dev/shm/')))
    throw new TypeError(`The root ${JSON.stringify(root)} is too wide. Name a folder of its own for the files.`);
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new TypeError(`The root ${JSON.stringify(root)} is no folder that can be read. Make it, then start again.`);
}
