import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** A folder of a tree that is held while something is done in it. */
export interface Folder {
  /** A path of the folder itself, for a system call. */
  readonly path: string;
  /** A path of one of its entries, for a system call. */
  at(name: string): string;
  /** Insists that what `path` leads to is still the folder that was found. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

/** What an entry of a folder is. */
export type EntryKind = 'file' | 'folder';

/** One entry, looked at without following it. */
export interface Entry {
  readonly kind: EntryKind;
  readonly stats: Stats;
}

/** A file that was opened and verified. */
export interface OpenedFile {
  readonly file: FileHandle;
  /** Bytes, when it was verified. */
  readonly size: number;
}

/** How an opened file is used. */
export type FileAccess = 'read' | 'append';

/** Finds folders and files under one root. Whoever gets a folder or a file closes it. */
export interface Tree {
  /**
   * The names of a path, from the root down.
   * @throws FilesError `refused`.
   */
  parse(path: unknown): readonly string[];
  /** Whether a name is shown in a list. */
  shows(name: string): boolean;
  /**
   * The folder at the end of the names; what is missing of them is made with mode 0700 when `make` says so.
   * @throws FilesError, or the error of a system call.
   */
  folder(names: readonly string[], make?: boolean): Promise<Folder>;
  /** What an entry is; `refused` when it is neither a file with one name nor a folder. */
  entry(folder: Folder, name: string): Promise<Entry>;
  /** Opens a file. */
  file(folder: Folder, name: string, access: FileAccess): Promise<OpenedFile>;
  close(): Promise<void>;
}
