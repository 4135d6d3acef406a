import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** One user id, lent to one sandbox at a time. */
export interface Identity {
  readonly uid: number;
  release(): void;
}

/** Lends user ids that nobody else on the machine has. */
export interface Identities {
  /** An id of its own, or undefined when all are lent. */
  lend(): Identity | undefined;
}

/** Far from users, from systemd's dynamic ones and from the usual ranges of containers (systemd UIDS-GIDS). */
const FIRST = 0x4000_0000;
const WINDOWS = 0x1_0000;
const SIZE = 4_096;

/**
 * User ids for the sandboxes of a host that runs as root. Linux counts RLIMIT_NPROC per user and not for root at all, so
 * that each sandbox needs a user of its own for its limit to hold, and to be its own. `undefined` when the host is not
 * root: its sandboxes are its own user in a user namespace each, where the count begins anew.
 */
export function createIdentities(uidMap: string = readUidMap()): Identities | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const range = chooseRange(uidMap);
  if (range === undefined) return undefined;
  const lent = new Set<number>();
  let next = 0;
  return {
    lend(): Identity | undefined {
      for (let tried = 0; tried < range.size; tried++) {
        const uid = range.first + (next++ % range.size);
        if (lent.has(uid)) continue;
        lent.add(uid);
        return { uid, release: () => void lent.delete(uid) };
      }
      return undefined;
    },
  };
}

/** A window of its own for this host, or the top of what a container has. */
function chooseRange(uidMap: string): { readonly first: number; readonly size: number } | undefined {
  const ranges = uidMap.split('\n').flatMap((line) => {
    const [first, , size] = line.trim().split(/\s+/).map(Number);
    return first === undefined || size === undefined ? [] : [{ first, end: first + size }];
  });
  if (ranges.some(({ first, end }) => first <= FIRST && end >= FIRST + WINDOWS * SIZE))
    return { first: FIRST + randomInt(WINDOWS) * SIZE, size: SIZE };
  const widest = ranges.toSorted((a, b) => b.end - b.first - (a.end - a.first))[0];
  if (widest === undefined || widest.end - widest.first < 2_048) return undefined;
  return { first: widest.end - 1_024, size: 1_000 };
}

function readUidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8');
  } catch {
    return '';
  }
}
