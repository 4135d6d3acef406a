import { chmodSync, opendirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const MOST = 20_000;

/**
 * Removes the folder of a server that has ended, also where it took its own rights on it away. Never throws: what cannot be
 * removed stays in the temporary folder.
 */
export function removeHome(home: string): void {
  if (tryRemove(home)) return;
  openUp(home);
  tryRemove(home);
}

function tryRemove(home: string): boolean {
  try {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } catch {
    return false;
  }
}

/** INVARIANT: no link is followed, for a folder is listed before anything in it is touched, and nobody is left to change it. */
function openUp(home: string): void {
  const left = [home];
  for (let count = 0; count < MOST; count += 1) {
    const folder = left.pop();
    if (folder === undefined) return;
    try {
      chmodSync(folder, 0o700);
      const opened = opendirSync(folder);
      for (let entry = opened.readSync(); entry !== null && left.length < MOST; entry = opened.readSync())
        if (entry.isDirectory()) left.push(join(folder, entry.name));
      opened.closeSync();
    } catch {
      // Not ours to open: it stays.
    }
  }
}
