import { lstatSync, opendirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What stands in folders, as the disk has it: bytes, and how many entries. No link is followed. What is nested too deep for
 * a path, or closed to us, counts as more than any program may have. Never throws: what is looked at is a stranger's.
 */
export function folderUse(folders: readonly string[]): { readonly bytes: number; readonly files: number } {
  const left = [...folders];
  let [bytes, files] = [0, 0];
  for (let folder = left.pop(); folder !== undefined && files < MOST; folder = left.pop()) {
    try {
      for (const { path, isFolder, size } of entriesOf(folder)) {
        files += 1;
        bytes += size;
        if (isFolder) left.push(path);
        if (files >= MOST) break;
      }
    } catch (error) {
      // INVARIANT: a program cannot put its files where they are not counted.
      if (!isGone(error) && !folders.includes(folder)) files = MOST;
    }
  }
  return { bytes, files };
}

/** A count past which it is too much in any case. */
const MOST = 20_000;
const BLOCK = 512;

interface Found {
  readonly path: string;
  readonly isFolder: boolean;
  readonly size: number;
}

function* entriesOf(folder: string): Generator<Found> {
  const opened = opendirSync(folder);
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      const path = join(folder, entry.name);
      // It may go while it is looked at.
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found !== undefined) yield { path, isFolder: found.isDirectory(), size: found.blocks * BLOCK };
    }
  } finally {
    opened.closeSync();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
