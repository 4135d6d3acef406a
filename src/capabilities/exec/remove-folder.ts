import { randomUUID } from 'node:crypto';
import { chmod, readdir, rename, rmdir, unlink } from 'node:fs/promises';

/**
 * Removes a folder with all that a program has left in it, when nobody works in it any more. INVARIANT: no nesting is too
 * deep, no name too odd and no folder too closed to be removed: a folder within another is moved to the top first, so that
 * no path grows.
 */
export async function removeFolder(path: string): Promise<void> {
  const top = Buffer.from(path);
  for (let entries = await openFolder(top); entries.length > 0; entries = await openFolder(top)) {
    for (const entry of entries) {
      if (!entry.isDirectory()) {
        await unlink(within(top, entry.name));
        continue;
      }
      const folder = within(top, entry.name);
      for (const inner of await openFolder(folder)) {
        const at = within(folder, inner.name);
        if (inner.isDirectory()) await raise(at, within(top, Buffer.from(randomUUID())));
        else await unlink(at);
      }
      await rmdir(folder);
    }
  }
  await rmdir(top);
}

/** A folder can be moved by who may write in it. */
async function raise(from: Buffer, to: Buffer): Promise<void> {
  await chmod(from, 0o700);
  await rename(from, to);
}

/** Names are bytes: a program may have made some that are no text. */
async function openFolder(path: Buffer) {
  await chmod(path, 0o700);
  return readdir(path, { withFileTypes: true, encoding: 'buffer' });
}

function within(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
