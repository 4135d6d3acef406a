import { constants, type Stats } from 'node:fs';
import { mkdir, open, readlink, type FileHandle } from 'node:fs/promises';
import { FilesError } from './error.ts';
import { faultOf, parsePath, type PathRules } from './path.ts';
import type { Entry, FileAccess, Folder, Tree } from './tree.ts';

const { O_APPEND, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** `O_PATH` of open(2), a reference to what is there without opening it. Node does not name it; its ports agree on it. */
export const O_PATH: number = 0o10_000_000;
const REFERENCE = O_PATH | O_NOFOLLOW;
const FOLDER = REFERENCE | O_DIRECTORY;
const MODES: Readonly<Record<FileAccess, number>> = {
  read: O_RDONLY | O_NONBLOCK | O_NOCTTY,
  append: O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | constants.O_DSYNC,
};
/** A file that is being put in its place has two names for a moment. */
const LINK_LOOKS = 8;

/**
 * A tree whose every step is taken from the folder that is open, `/proc/self/fd/N/name`, one name at a time and never
 * through a link: what openat(2) does. A name that is swapped between two steps leads nowhere else.
 * @throws TypeError when there is no folder at `root`, or it is one that no tool may be given.
 */
export async function openLinuxTree(root: string, rules: PathRules): Promise<Tree> {
  const top = await open(root, O_PATH | O_DIRECTORY);
  const canonical = await readlink(procPath(top));
  const { dev } = await top.stat();
  return new LinuxTree(top, canonical, dev, rules);
}

function procPath({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

class LinuxTree implements Tree {
  readonly #top: FileHandle;
  readonly #canonical: string;
  readonly #device: number;
  readonly #rules: PathRules;

  constructor(top: FileHandle, canonical: string, device: number, rules: PathRules) {
    this.#top = top;
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
    let at = this.#top;
    try {
      for (const name of names) {
        const next = await this.#step(at, name, make);
        if (at !== this.#top) await at.close();
        at = next;
      }
      await this.#insistInside(at);
    } catch (error) {
      if (at !== this.#top) await at.close();
      throw error;
    }
    return new HeldFolder(at, at !== this.#top);
  }

  async entry(folder: Folder, name: string): Promise<Entry> {
    const found = await open(folder.at(name), REFERENCE);
    try {
      return await this.#judge(found);
    } finally {
      await found.close();
    }
  }

  async file(folder: Folder, name: string, access: FileAccess): Promise<FileHandle> {
    // A reference first: opening a device or a FIFO would act on it already.
    const found = await open(folder.at(name), REFERENCE);
    try {
      const { kind } = await this.#judge(found);
      if (kind !== 'file') throw new FilesError('not-a-file');
      const opened = await open(procPath(found), MODES[access]);
      try {
        // Verify what was opened, not what was asked for.
        await this.#judge(opened);
        await this.#insistInside(opened);
        return opened;
      } catch (error) {
        await opened.close();
        throw error;
      }
    } finally {
      await found.close();
    }
  }

  close(): Promise<void> {
    return this.#top.close();
  }

  async #step(at: FileHandle, name: string, make: boolean): Promise<FileHandle> {
    const path = `${procPath(at)}/${name}`;
    let next: FileHandle;
    try {
      next = await open(path, FOLDER);
    } catch (error) {
      if (!make || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      await mkdir(path, { mode: 0o700 }).catch(unlessExists);
      next = await open(path, FOLDER);
    }
    const { dev } = await next.stat();
    if (dev === this.#device) return next;
    await next.close();
    throw new FilesError('refused', 'another file system');
  }

  async #judge(found: FileHandle): Promise<Entry> {
    for (let look = 1; ; look++) {
      const stats = await found.stat();
      const kind = kindOf(stats, this.#device);
      if (kind !== undefined) return { kind, stats };
      if (!stats.isFile() || look === LINK_LOOKS)
        throw new FilesError('refused', stats.isFile() ? 'a hard link' : 'a link or a special file');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #insistInside(opened: FileHandle): Promise<void> {
    const real = await readlink(procPath(opened));
    if (real !== this.#canonical && !real.startsWith(`${this.#canonical}/`))
      throw new FilesError('refused', 'outside of the root');
  }
}

/** `undefined` for what may not be touched. A hard link may be the other name of a file outside. */
function kindOf(stats: Stats, device: number): Entry['kind'] | undefined {
  if (stats.isFile()) return stats.nlink <= 1 ? 'file' : undefined;
  return stats.isDirectory() && stats.dev === device ? 'folder' : undefined;
}

function unlessExists(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

class HeldFolder implements Folder {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #own: boolean;

  constructor(handle: FileHandle, own: boolean) {
    this.path = procPath(handle);
    this.#handle = handle;
    this.#own = own;
  }

  at(name: string): string {
    return `${this.path}/${name}`;
  }

  // INVARIANT: the path leads through the open folder, so that it cannot come to lead elsewhere.
  verify(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.#own) await this.#handle.close();
  }
}
