import { constants } from 'node:fs';
import { open, opendir, rm, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { O_PATH } from './linux-tree.ts';
import { hasProc } from './open-tree.ts';

const FOLDER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const MOST_DEPTH = 256;

/**
 * Removes a folder and all that is in it. On Linux every step goes through folders that are held open: a folder that is
 * swapped for a link meanwhile leads to nothing outside.
 */
export async function removeTree(parent: string, name: string): Promise<void> {
  if (!hasProc()) {
    await rm(`${parent}/${name}`, { recursive: true, force: true });
    return;
  }
  const above = await open(parent, FOLDER);
  try {
    await removeFolder(entryPath(above, name), 0);
  } finally {
    await above.close();
  }
}

/** Bytes of a name are kept as they are: a program may have made names that are no text. */
function entryPath({ fd }: FileHandle, latin1: string): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}/${latin1}`, 'latin1');
}

async function removeFolder(path: Buffer, depth: number): Promise<void> {
  if (depth > MOST_DEPTH) throw new Error('a temporary folder is nested too deeply to be removed');
  const folder = await open(path, FOLDER);
  try {
    const folders: string[] = [];
    const listing = await opendir(`/proc/self/fd/${folder.fd}`, { encoding: 'latin1' });
    for await (const entry of listing) {
      if (entry.isDirectory()) folders.push(entry.name);
      else await unlink(entryPath(folder, entry.name));
    }
    for (const name of folders) await removeFolder(entryPath(folder, name), depth + 1);
  } finally {
    await folder.close();
  }
  await rmdir(path);
}
