import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a process may touch: everything else is refused to it by Node itself. */
export interface Touch {
  /** Absolute paths that are read; a folder stands for everything under it. */
  readonly reads: readonly string[];
  /** Absolute paths that are written, and read. */
  readonly writes: readonly string[];
  /** Whether it starts processes. */
  readonly children: boolean;
  readonly workers: boolean;
  /** Whether it listens or connects. Node 24 does not confine that; from Node 25 on it takes a flag. */
  readonly network: boolean;
  /** Whether it loads native code, which no flag confines. */
  readonly addons: boolean;
}

/**
 * The flags that confine a process of Node to what is declared (Node.js permissions).
 * @param known Whether this Node has a flag; asked of the running one when absent.
 * @throws TypeError on a path that would stand for more than itself.
 */
export function permissionFlags(touch: Touch, known: (flag: string) => boolean = isKnown): readonly string[] {
  const reads = paths([...touch.reads, ...touch.writes]);
  const writes = paths(touch.writes);
  return [
    '--permission',
    ...reads.map((path) => `--allow-fs-read=${path}`),
    ...writes.map((path) => `--allow-fs-write=${path}`),
    // The warning is for those who do not know what the flag opens; it would stand in every log.
    ...(touch.children ? ['--allow-child-process', '--disable-warning=PERM0002'] : []),
    ...(touch.workers ? ['--allow-worker'] : []),
    ...(touch.addons ? ['--allow-addons'] : []),
    ...(touch.network && known('--allow-net') ? ['--allow-net'] : []),
  ];
}

function isKnown(flag: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(flag);
}

/** Each path as named and as its links lead, without what lies under another; a folder that is not there yet in both forms. */
function paths(named: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const path of named) {
    if (path.includes('*') || path === '/' || /[\0\n]/.test(path))
      throw new TypeError(
        `${JSON.stringify(path)} would stand for more than one path. Name a file, or a folder below the root.`,
      );
    for (const each of [path, followed(path)]) all.add(each);
  }
  const wide = new Set([...all].filter((path) => !isFile(path)));
  return [...all].toSorted().flatMap((path) => {
    if (isUnder(path, wide)) return [];
    return wide.has(path) && !existsSync(path) ? [path, `${path}/*`] : [path];
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
}

function isUnder(path: string, folders: ReadonlySet<string>): boolean {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) if (folders.has(at)) return true;
  return false;
}

function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
