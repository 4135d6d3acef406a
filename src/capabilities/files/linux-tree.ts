import { closeSync, constants, fstatSync, open as openCallback, readlinkSync, type Stats } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FilesError } from './error.ts';
import { faultOf, parsePath, type PathRules } from './path.ts';
import type { Entry, FileAccess, Folder, OpenedFile, Tree } from './tree.ts';

const { O_APPEND, O_DIRECTORY, O_DSYNC, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** `O_PATH` of open(2), a reference to what is there without opening it. Node does not name it; its ports agree on it. */
export const O_PATH: number = 0o10_000_000;
const REFERENCE = O_PATH | O_NOFOLLOW;
const FOLDER = REFERENCE | O_DIRECTORY;
const MODES: Readonly<Record<FileAccess, number>> = {
  read: O_RDONLY | O_NONBLOCK | O_NOCTTY,
  append: O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_DSYNC,
};
/** A file that is being put in its place has two names for a moment. */
const LINK_LOOKS = 8;

/*
 * Looking a name up can wait for a disk or a network, so that is done off the thread of the server. What is asked of a
 * reference afterwards (fstat, its link under /proc, closing it) is answered by the kernel from memory, at once.
 */
const openReference: (path: string, flags: number) => Promise<number> = promisify(openCallback);

/**
 * A tree whose every step is taken from the folder that is open, `/proc/self/fd/N/name`, one name at a time and never
 * through a link: what openat(2) does. A name that is swapped between two steps leads nowhere else.
 * @throws Error of a system call when there is no folder at `root`.
 */
export async function openLinuxTree(root: string, rules: PathRules): Promise<Tree> {
  const top = await openReference(root, O_PATH | O_DIRECTORY);
  return new LinuxTree(top, readlinkSync(procPath(top)), fstatSync(top).dev, rules);
}

function procPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

class LinuxTree implements Tree {
  readonly #top: number;
  readonly #canonical: string;
  readonly #device: number;
  readonly #rules: PathRules;
  #held = 0;
  #closed = false;
  #released: (() => void) | undefined;

  constructor(top: number, canonical: string, device: number, rules: PathRules) {
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
    if (this.#closed) throw new FilesError('ended');
    this.#held++;
    let at = this.#top;
    try {
      for (const name of names) {
        const next = await this.#step(at, name, make);
        if (at !== this.#top) closeSync(at);
        at = next;
      }
      this.#insistInside(at);
    } catch (error) {
      if (at !== this.#top) closeSync(at);
      this.#release();
      throw error;
    }
    return new HeldFolder(at, () => {
      if (at !== this.#top) closeSync(at);
      this.#release();
    });
  }

  async entry(folder: Folder, name: string): Promise<Entry> {
    const found = await openReference(folder.at(name), REFERENCE);
    try {
      return await this.#judge(found);
    } finally {
      closeSync(found);
    }
  }

  async file(folder: Folder, name: string, access: FileAccess): Promise<OpenedFile> {
    // A reference first: opening a device or a FIFO would act on it already.
    const found = await openReference(folder.at(name), REFERENCE);
    try {
      const { kind } = await this.#judge(found);
      if (kind !== 'file') throw new FilesError('not-a-file');
      return await this.#verified(await open(procPath(found), MODES[access]));
    } finally {
      closeSync(found);
    }
  }

  /** INVARIANT: not before the last folder, for whoever holds one goes by a number that could be another file's then. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#held > 0) await new Promise<void>((resolve) => (this.#released = resolve));
    closeSync(this.#top);
  }

  #release(): void {
    this.#held--;
    if (this.#held === 0) this.#released?.();
  }

  /** Verifies what was opened, not what was asked for. */
  async #verified(file: FileHandle): Promise<OpenedFile> {
    try {
      const { stats } = await this.#judge(file.fd);
      this.#insistInside(file.fd);
      return { file, size: stats.size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #step(at: number, name: string, make: boolean): Promise<number> {
    const path = `${procPath(at)}/${name}`;
    let next: number;
    try {
      next = await openReference(path, FOLDER);
    } catch (error) {
      if (!make || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      await mkdir(path, { mode: 0o700 }).catch(unlessExists);
      next = await openReference(path, FOLDER);
    }
    if (fstatSync(next).dev === this.#device) return next;
    closeSync(next);
    throw new FilesError('refused', 'another file system');
  }

  async #judge(found: number): Promise<Entry> {
    for (let look = 1; ; look++) {
      const stats = fstatSync(found);
      const kind = kindOf(stats, this.#device);
      if (kind !== undefined) return { kind, stats };
      if (!stats.isFile() || look === LINK_LOOKS)
        throw new FilesError('refused', stats.isFile() ? 'a hard link' : 'a link or a special file');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #insistInside(opened: number): void {
    const real = readlinkSync(procPath(opened));
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
  #release: (() => void) | undefined;

  constructor(fd: number, release: () => void) {
    this.path = procPath(fd);
    this.#release = release;
  }

  at(name: string): string {
    return `${this.path}/${name}`;
  }

  // INVARIANT: the path leads through the open folder, so that it cannot come to lead elsewhere.
  verify(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    // INVARIANT: once, because the number may be another file's afterwards.
    this.#release?.();
    this.#release = undefined;
    return Promise.resolve();
  }
}
