import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { FilesError } from './error.ts';
import { faultOf, parsePath, type PathRules } from './path.ts';
import type { Entry, FileAccess, Folder, OpenedFile, Tree } from './tree.ts';

// Where a system lacks one of these, Node leaves it out, and it counts as 0.
const { O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const MODES: Readonly<Record<FileAccess, number>> = {
  read: O_RDONLY | O_NONBLOCK | O_NOFOLLOW,
  append: O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW,
};

/**
 * A tree for systems without `/proc`: the real path must be the one that was asked for before and after, and the file
 * that was opened the one that was looked at. Between two looks a name can be swapped and swapped back by whoever may
 * write the folder; Linux has no such moment.
 */
export async function openPortableTree(root: string, rules: PathRules): Promise<Tree> {
  const canonical = await realpath(root);
  const { dev } = await lstat(canonical);
  return new PortableTree(canonical, dev, rules);
}

class PortableTree implements Tree {
  readonly #canonical: string;
  readonly #device: number;
  readonly #rules: PathRules;

  constructor(canonical: string, device: number, rules: PathRules) {
    this.#canonical = canonical;
    this.#device = device;
    this.#rules = rules;
  }

  parse(path: unknown): readonly string[] {
    return parsePath(path, this.#rules);
  }

  shows(name: string): boolean {
    return faultOf(name, this.#rules.denied) === undefined;
  }

  async folder(names: readonly string[], make = false): Promise<Folder> {
    let path = this.#canonical;
    for (const name of names) {
      path = join(path, name);
      if (make) await mkdir(path, { mode: 0o700 }).catch(unlessExists);
      await this.#folderAt(path);
    }
    const first = await this.#folderAt(path);
    return {
      path,
      at: (name) => join(path, name),
      verify: async () => {
        if (!isSame(first, await this.#folderAt(path))) throw new FilesError('refused', 'swapped');
      },
      close: () => Promise.resolve(),
    };
  }

  async entry(folder: Folder, name: string): Promise<Entry> {
    const entry = judge(await lstat(folder.at(name)), this.#device);
    await folder.verify();
    return entry;
  }

  async file(folder: Folder, name: string, access: FileAccess): Promise<OpenedFile> {
    const before = await this.entry(folder, name);
    if (before.kind !== 'file') throw new FilesError('not-a-file');
    const opened = await open(folder.at(name), MODES[access]);
    try {
      const { stats } = judge(await opened.stat(), this.#device);
      if (!isSame(before.stats, stats) || !isSame(stats, await lstat(folder.at(name))))
        throw new FilesError('refused', 'swapped');
      if ((await realpath(folder.at(name))) !== folder.at(name)) throw new FilesError('refused', 'a link');
      await folder.verify();
      return { file: opened, size: stats.size };
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #folderAt(path: string): Promise<Stats> {
    const stats = await lstat(path);
    if (!stats.isDirectory() || stats.dev !== this.#device) throw new FilesError('refused', 'not a folder of the root');
    if ((await realpath(path)) !== path) throw new FilesError('refused', 'a link');
    return stats;
  }
}

function judge(stats: Stats, device: number): Entry {
  if (stats.isFile() && stats.nlink <= 1) return { kind: 'file', stats };
  if (stats.isDirectory() && stats.dev === device) return { kind: 'folder', stats };
  throw new FilesError('refused', stats.isFile() ? 'a hard link' : 'a link or a special file');
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function unlessExists(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
