import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { treeOf } from '../../sandbox/usage.ts';

/** A socket on which a launched server waits for others. */
export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp';
  /** As text: `0.0.0.0`, `127.0.0.1`, `::`. */
  readonly address: string;
  readonly port: number;
}

/** TCP_LISTEN, and what a UDP socket is in that is bound and not connected (net/tcp_states.h). */
const WAITING: ReadonlyMap<string, string> = new Map([
  ['tcp', '0A'],
  ['udp', '07'],
]);
const MOST = 64;
const MOST_BYTES = 1 << 20;

/**
 * The sockets on which a process and all that came of it wait, out of `/proc` (proc(5)).
 * @param isAlone Whether they have a network of their own, so that every socket in it is theirs; else each is looked up
 * among the descriptors of the processes.
 * @returns Undefined where `/proc` does not tell.
 */
export function listeningSockets(pid: number, isAlone: boolean): readonly ListeningSocket[] | undefined {
  const tree = treeOf(pid);
  const last = tree.at(-1) ?? pid;
  // The first one is bubblewrap, which stays in the network of the host.
  if (isAlone && tree.length < 2) return undefined;
  const own = isAlone ? undefined : socketInodes(tree);
  const found: ListeningSocket[] = [];
  let isTold = false;
  for (const [protocol, state] of WAITING) {
    for (const table of [protocol, `${protocol}6`]) {
      const text = read(`/proc/${last}/net/${table}`);
      if (text === undefined) continue;
      isTold = true;
      for (const line of text.split('\n').slice(1)) {
        const [, local = '', remote = '', status, , , , , , inode = ''] = line.trim().split(/\s+/);
        if (status !== state || !remote.endsWith(':0000') || (own !== undefined && !own.has(inode))) continue;
        const [address, port] = parseAddress(local);
        if (address !== undefined && found.length < MOST)
          found.push({ protocol: protocol === 'tcp' ? 'tcp' : 'udp', address, port });
      }
    }
  }
  return isTold ? found : undefined;
}

function socketInodes(tree: readonly number[]): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const pid of tree) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const target = link(`/proc/${pid}/fd/${fd}`);
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

/** Words of the host's order, in hexadecimal: `0100007F:1F90` is 127.0.0.1:8080 on the machines that we run on. */
function parseAddress(text: string): readonly [address: string | undefined, port: number] {
  const [hex = '', port = '0'] = text.split(':');
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)).toReversed(),
  );
  if (bytes.length === 4) return [bytes.join('.'), Number.parseInt(port, 16)];
  if (bytes.length !== 16) return [undefined, 0];
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return [new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1), Number.parseInt(port, 16)];
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path).slice(0, 4_096);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').slice(0, MOST_BYTES);
  } catch {
    return undefined;
  }
}
