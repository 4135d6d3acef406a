import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import type { Budget } from './budget.ts';
import { FilesError } from './error.ts';
import type { Folder, OpenedFile, Tree } from './tree.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, O_DSYNC } = constants;
/** With `O_DSYNC`, because fsync is not to be had under Node's permission model. */
const FRESH = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_DSYNC;

/** What a file is written with. */
export type FileData = string | Uint8Array;

/** Runs in the folder of a path, with the last name of it. */
async function inFolder<T>(tree: Tree, path: unknown, work: (folder: Folder, name: string) => Promise<T>): Promise<T> {
  const names = tree.parse(path);
  const name = names.at(-1);
  if (name === undefined) throw new FilesError('refused', 'the root itself');
  const folder = await tree.folder(names.slice(0, -1));
  try {
    const result = await work(folder, name);
    await folder.verify();
    return result;
  } finally {
    await folder.close();
  }
}

function toBytes(data: FileData, { limits }: Budget): Uint8Array {
  if (typeof data !== 'string' && !(data instanceof Uint8Array))
    throw new TypeError('files: give a string or a Uint8Array to write.');
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (bytes.byteLength > limits.fileBytes) throw new FilesError('too-large');
  return bytes;
}

/** Writes a whole file: it is there with all of its content, or not at all. */
export async function writeFile(
  tree: Tree,
  budget: Budget,
  path: unknown,
  data: FileData,
  overwrite: boolean,
): Promise<void> {
  const bytes = toBytes(data, budget);
  await inFolder(tree, path, async (folder, name) => {
    budget.write(bytes.byteLength);
    // Hidden, so that no path of a handler leads to it.
    const draft = folder.at(`.portcullis-${randomBytes(12).toString('hex')}`);
    await fill(draft, bytes);
    try {
      await folder.verify();
      budget.check();
      // A link fails where there is something of that name; a rename puts the new file in its place.
      if (overwrite) await rename(draft, folder.at(name));
      else await link(draft, folder.at(name));
    } catch (error) {
      await unlink(draft);
      throw error;
    }
    if (!overwrite) await unlink(draft);
  });
}

async function fill(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, FRESH, 0o600);
  try {
    await writeAll(file, bytes);
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.byteLength - at, null);
    at += bytesWritten;
  }
}

/** Adds to the end of a file, which is made when there is none. */
export async function appendFile(tree: Tree, budget: Budget, path: unknown, data: FileData): Promise<void> {
  const bytes = toBytes(data, budget);
  await inFolder(tree, path, async (folder, name) => {
    const { file, size } = await openToAppend(tree, folder, name);
    try {
      if (size + bytes.byteLength > budget.limits.fileBytes) throw new FilesError('too-large');
      budget.write(bytes.byteLength);
      await writeAll(file, bytes);
    } finally {
      await file.close();
    }
  });
}

const ATTEMPTS = 4;

/** Another call can make or remove the file between two steps. */
async function openToAppend(tree: Tree, folder: Folder, name: string, attempt = 1): Promise<OpenedFile> {
  try {
    return await tree.file(folder, name, 'append');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    return { file: await open(folder.at(name), FRESH, 0o600), size: 0 };
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || attempt === ATTEMPTS) throw error;
    return openToAppend(tree, folder, name, attempt + 1);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Removes a file, or a folder with nothing in it. */
export async function removePath(tree: Tree, path: unknown): Promise<void> {
  await inFolder(tree, path, async (folder, name) => {
    const { kind } = await tree.entry(folder, name);
    await (kind === 'folder' ? rmdir : unlink)(folder.at(name));
  });
}

/** Makes a folder and those above it; one that is there already is left as it is. */
export async function makeFolder(tree: Tree, path: unknown): Promise<void> {
  const folder = await tree.folder(tree.parse(path), true);
  await folder.close();
}
