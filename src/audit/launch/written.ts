import { lstatSync, opendirSync } from 'node:fs';
import { join } from 'node:path';

/** What a launched server left in its own folders, by what others may do with it. */
export interface Written {
  /** Entries that were looked at. */
  readonly count: number;
  /** Files and folders that everyone may write, relative to the folder. */
  readonly worldWritable: readonly string[];
  /** Sockets that others may connect to. */
  readonly openSockets: readonly string[];
}

const MOST = 2_000;
const MOST_NAMED = 20;
const STICKY = 0o1000;

/**
 * Looks at the modes of everything under a folder. No link is followed, and what cannot be opened is left out: what is
 * looked at is a stranger's. At most 2,000 entries.
 */
export function lookAtWritten(folder: string): Written {
  const [worldWritable, openSockets]: [string[], string[]] = [[], []];
  let count = 0;
  const left: { readonly path: string; readonly reach: number }[] = [{ path: '', reach: 0o007 }];
  for (let next = left.pop(); next !== undefined && count < MOST; next = left.pop()) {
    for (const name of namesIn(join(folder, next.path), MOST - count)) {
      const path = join(next.path, name);
      const found = lstatSync(join(folder, path), { throwIfNoEntry: false });
      if (found === undefined || found.isSymbolicLink()) continue;
      count += 1;
      // INVARIANT: what stands in a folder that nobody else may enter is out of reach, whatever its own mode is.
      const canReach = next.reach & 0o001;
      const writable = canReach !== 0 && (found.mode & 0o002) !== 0;
      if (found.isSocket()) {
        if (writable && openSockets.length < MOST_NAMED) openSockets.push(path);
      } else if (writable && !(found.isDirectory() && (found.mode & STICKY) !== 0)) {
        if (worldWritable.length < MOST_NAMED) worldWritable.push(path);
      }
      if (found.isDirectory()) left.push({ path, reach: next.reach & found.mode });
    }
  }
  return { count, worldWritable, openSockets };
}

function namesIn(folder: string, most: number): readonly string[] {
  const names: string[] = [];
  try {
    const opened = opendirSync(folder);
    try {
      for (let entry = opened.readSync(); entry !== null && names.length < most; entry = opened.readSync())
        names.push(entry.name);
    } finally {
      opened.closeSync();
    }
  } catch {
    // Gone, or closed to us.
  }
  return names;
}
