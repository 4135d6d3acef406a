import type { FileHandle } from 'node:fs/promises';
import { opendir } from 'node:fs/promises';
import { sniff } from '../../media/sniff.ts';
import type { Budget } from './budget.ts';
import { FilesError, toFilesError } from './error.ts';
import type { Entry, EntryKind, Tree } from './tree.ts';

/** A file that was read. */
export interface FileContent {
  readonly bytes: Uint8Array;
  /** What the first bytes say, whatever the name does; `application/octet-stream` when they say nothing. */
  readonly mimeType: string;
}

/** What is known of a file or folder without reading it. */
export interface FileStat {
  readonly kind: EntryKind;
  /** Size of a file; 0 for a folder. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** One entry of a list. */
export interface FileEntry extends FileStat {
  readonly name: string;
}

const CHUNK = 64 * 1024;

/** Reads a file up to the bounds of the call, however it grows meanwhile. */
async function readFile(tree: Tree, budget: Budget, path: unknown): Promise<Uint8Array> {
  const names = tree.parse(path);
  const name = names.at(-1);
  if (name === undefined) throw new FilesError('not-a-file');
  const folder = await tree.folder(names.slice(0, -1));
  try {
    const { file, size } = await tree.file(folder, name, 'read');
    try {
      return await readAll(file, size, budget);
    } finally {
      await file.close();
    }
  } finally {
    await folder.close();
  }
}

async function readAll(file: FileHandle, size: number, budget: Budget): Promise<Uint8Array> {
  const most = budget.limits.fileBytes;
  if (size > most) throw new FilesError('too-large');
  // One byte more than is expected: a file that grows is seen by it.
  let buffer = Buffer.alloc(Math.min(size, most) + 1);
  let length = 0;
  for (;;) {
    budget.check();
    if (length === buffer.length) {
      const grown = Buffer.alloc(Math.min(buffer.length * 2 + CHUNK, most + 1));
      buffer.copy(grown);
      buffer = grown;
    }
    const wanted = Math.min(buffer.length - length, 16 * CHUNK);
    const { bytesRead } = await file.read(buffer, length, wanted, length);
    budget.read(bytesRead);
    length += bytesRead;
    if (length > most) throw new FilesError('too-large');
    if (bytesRead < wanted) break;
  }
  return new Uint8Array(buffer.buffer, buffer.byteOffset, length);
}

/** A file with its type. */
export async function readContent(tree: Tree, budget: Budget, path: unknown): Promise<FileContent> {
  const bytes = await readFile(tree, budget, path);
  return { bytes, mimeType: sniff(bytes) ?? 'application/octet-stream' };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A file as text. */
export async function readText(tree: Tree, budget: Budget, path: unknown): Promise<string> {
  const bytes = await readFile(tree, budget, path);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new FilesError('not-text');
  }
}

/** What a path leads to. */
export async function statPath(tree: Tree, path: unknown): Promise<FileStat> {
  const names = tree.parse(path);
  const name = names.at(-1);
  const folder = await tree.folder(names.slice(0, -1));
  try {
    if (name !== undefined) return toStat(await tree.entry(folder, name));
    return { kind: 'folder', bytes: 0, modified: 0 };
  } finally {
    await folder.close();
  }
}

function toStat({ kind, stats }: Entry): FileStat {
  return { kind, bytes: kind === 'file' ? stats.size : 0, modified: Math.trunc(stats.mtimeMs) };
}

/** The files and folders in a folder, by name. What could not be opened is left out. */
export async function listFolder(tree: Tree, budget: Budget, path: unknown): Promise<readonly FileEntry[]> {
  const folder = await tree.folder(tree.parse(path));
  try {
    const entries: FileEntry[] = [];
    const listing = await opendir(folder.path, { bufferSize: 128 });
    let seen = 0;
    for await (const { name } of listing) {
      budget.check();
      if (++seen > budget.limits.entries) throw new FilesError('too-many', 'entries');
      if (!tree.shows(name)) continue;
      const entry = await tree.entry(folder, name).catch(leaveOut);
      if (entry !== undefined) entries.push({ name, ...toStat(entry) });
    }
    await folder.verify();
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    await folder.close();
  }
}

function leaveOut(error: unknown): undefined {
  const { reason } = toFilesError(error);
  if (reason !== 'refused' && reason !== 'missing') throw error;
}
