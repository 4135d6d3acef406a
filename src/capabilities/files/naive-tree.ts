import { constants, type Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FilesError } from './error.ts';
import type { Entry, FileAccess, Folder, OpenedFile, Tree } from './tree.ts';

/**
 * A tree that joins what it is given to its root and looks no further: what most servers do, and what
 * `insecureWithoutPathContainment` goes back to.
 */
export function openNaiveTree(root: string): Tree {
  return {
    parse(path: unknown): readonly string[] {
      const whole = resolve(root, String(path));
      return whole === resolve(root) ? [] : [dirname(whole), basename(whole)];
    },
    shows: () => true,
    async folder(names: readonly string[], make = false): Promise<Folder> {
      const path = resolve(root, ...names);
      if (make) await mkdir(path, { recursive: true });
      const nothing = () => Promise.resolve();
      return { path, at: (name) => join(path, name), verify: nothing, close: nothing };
    },
    async entry(folder: Folder, name: string): Promise<Entry> {
      const stats = await stat(folder.at(name));
      return { kind: kindOf(stats), stats };
    },
    async file(folder: Folder, name: string, access: FileAccess): Promise<OpenedFile> {
      const flags = access === 'read' ? constants.O_RDONLY : constants.O_WRONLY | constants.O_APPEND;
      const opened = await open(folder.at(name), flags | constants.O_NONBLOCK);
      const stats = await opened.stat();
      if (!stats.isDirectory()) return { file: opened, size: stats.size };
      await opened.close();
      throw new FilesError('not-a-file');
    },
    close: () => Promise.resolve(),
  };
}

function kindOf(stats: Stats): Entry['kind'] {
  return stats.isDirectory() ? 'folder' : 'file';
}
