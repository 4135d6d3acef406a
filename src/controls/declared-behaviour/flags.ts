import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a process may touch: everything else is refused to it by Node itself. */
export interface Touch {
  /** Absolute paths that are read; a folder stands for everything under it. */
  readonly reads: readonly string[];
  /** Absolute paths that are written, and read. */
  readonly writes: readonly string[];
  /** Those of them that are files even while they are not there. */
  readonly files?: readonly string[];
  /** Beginnings of paths of the system that are read, `/lib`: whatever begins so. */
  readonly beginnings?: readonly string[];
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
 * @throws TypeError on a path that would stand for more than itself, or that Node cannot tell from another.
 */
export function permissionFlags(touch: Touch, known: (flag: string) => boolean = isKnown): readonly string[] {
  const files = new Set(touch.files);
  const { beginnings = [] } = touch;
  const named = [...touch.reads.filter((path) => !beginnings.some((start) => path.startsWith(start))), ...touch.writes];
  // Node's tree of paths takes a beginning for what it is only while it knows no longer path.
  const reads = [...beginnings.map((path) => `${path}*`), ...grants(named, files)];
  const writes = grants(touch.writes, files);
  return [
    '--permission',
    ...reads.map((path) => `--allow-fs-read=${path}`),
    ...writes.map((path) => `--allow-fs-write=${path}`),
    // The warnings are for those who do not know what a flag opens; they would stand in every log.
    ...(touch.children ? ['--allow-child-process', '--disable-warning=PERM0002'] : []),
    ...(touch.workers ? ['--allow-worker', '--disable-warning=PERM0006'] : []),
    ...(touch.addons ? ['--allow-addons'] : []),
    ...(touch.network && known('--allow-net') ? ['--allow-net'] : []),
  ];
}

function isKnown(flag: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(flag);
}

/** Each path as named and as its links lead, but those under a folder that stands for them; absent folders in both forms. */
function grants(named: readonly string[], files: ReadonlySet<string>): readonly string[] {
  const all = new Set<string>();
  for (const path of named) {
    if (path.includes('*') || path === '/' || /[\0\n]/.test(path))
      throw new TypeError(
        `${JSON.stringify(path)} would stand for more than one path. Name a file, or a folder below the root.`,
      );
    for (const each of [path, followed(path)]) all.add(each);
  }
  const kinds = new Map([...all].map((path) => [path, files.has(path) ? 'file' : kindOf(path)] as const));
  const isFolder = (path: string): boolean => kinds.has(path) && kinds.get(path) !== 'file';
  const kept = [...all].toSorted().filter((path) => !isUnder(path, isFolder));
  refuseAlike(kept, isFolder);
  return kept.flatMap((path) => (kinds.get(path) === 'absent' ? [path, `${path}/*`] : [path]));
}

/**
 * INVARIANT: a folder is one that Node lets be opened. Its tree of paths loses the folder itself, though not what is in it,
 * when another granted path begins with the same letters.
 */
function refuseAlike(paths: readonly string[], isFolder: (path: string) => boolean): void {
  for (const [index, path] of paths.entries()) {
    if (!isFolder(path)) continue;
    const other = paths.slice(index + 1).find((next) => next.startsWith(path));
    if (other === undefined) continue;
    throw new TypeError(
      `The permission flags of Node cannot tell the folder ${path} from ${other}, which begins alike. Rename one, or move it into a folder of its own.`,
    );
  }
}

function kindOf(path: string): 'file' | 'folder' | 'absent' {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return 'absent';
  return facts.isDirectory() ? 'folder' : 'file';
}

function isUnder(path: string, isFolder: (path: string) => boolean): boolean {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) if (isFolder(at)) return true;
  return false;
}

function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
