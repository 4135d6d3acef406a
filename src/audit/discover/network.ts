import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { foundServer, type FoundServer, type Search } from './found.ts';
import { probe } from './probe.ts';

const MOST_PROBES = 4096;
const AT_ONCE = 8;
/** Between two connections, so that no more than 50 begin in a second. */
const PAUSE_MS = 20;

/** Where something may listen. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/**
 * Asks hosts that were named, at ports that were named, and no others: names are looked up once, and no answer leads on.
 * @param hosts Addresses, names, and ranges such as `10.0.0.0/28`.
 * @throws TypeError when one is none of these, or they are more than are asked.
 */
export async function searchHosts(hosts: readonly string[], ports: readonly number[]): Promise<Search> {
  const addresses = new Set<string>();
  const unread: string[] = [];
  for (const host of hosts) {
    if (host.includes('/')) for (const address of rangeOf(host, MOST_PROBES)) addresses.add(address);
    else if (isIP(host) !== 0) addresses.add(host);
    else {
      const found = await lookup(host, { all: true }).catch(() => []);
      if (found.length === 0) unread.push(`${host}: it has no address`);
      for (const { address } of found) addresses.add(address);
    }
  }
  const targets = [...addresses].flatMap((address) => ports.map((port) => ({ address, port })));
  if (targets.length > MOST_PROBES)
    throw new TypeError(`${targets.length} addresses and ports were named, and ${MOST_PROBES} are asked at most`);
  const servers = await askAll(targets);
  return { searched: [{ where: 'hosts', what: hosts, looked: targets.length }], servers, unread };
}

/** Asks every port that something listens on at this machine's own addresses. */
export async function searchLoopback(): Promise<Search> {
  const ports = await listeningPorts();
  if (ports === undefined)
    return { searched: [], servers: [], unread: ['loopback: which ports are open can be read on Linux only'] };
  const servers = await askAll(ports);
  return { searched: [{ where: 'loopback', what: ['127.0.0.1', '::1'], looked: ports.length }], servers, unread: [] };
}

async function askAll(targets: readonly Target[]): Promise<readonly FoundServer[]> {
  const found: FoundServer[] = [];
  const left = targets.values();
  const work = async (): Promise<void> => {
    for (const { address, port } of left) {
      const answer = await probe(address, port);
      const host = address.includes(':') ? `[${address}]` : address;
      if (answer !== undefined)
        found.push(foundServer(`${host}:${port} (${answer.shows})`, undefined, `http://${host}:${port}${answer.path}`));
      await pause(PAUSE_MS * AT_ONCE);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.toSorted((a, b) => (a.where < b.where ? -1 : 1));
}

/**
 * The addresses of a range.
 * @throws TypeError when it is none, or has more than `most`.
 */
export function rangeOf(range: string, most: number): readonly string[] {
  let address: ipaddr.IPv4 | ipaddr.IPv6;
  let bits: number;
  try {
    [address, bits] = ipaddr.parseCIDR(range);
  } catch {
    throw new TypeError(`${range} is no range of addresses, such as 10.0.0.0/28`);
  }
  const bytes = address.toByteArray();
  const free = bytes.length * 8 - bits;
  if (free > 30 || 2 ** free > most) throw new TypeError(`${range} has more than ${most} addresses`);
  const first = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) & ~((1n << BigInt(free)) - 1n);
  return Array.from({ length: 2 ** free }, (_, at) => textOf(first + BigInt(at), bytes.length));
}

function textOf(value: bigint, length: number): string {
  const bytes = Array.from({ length }, (_, at) => Number((value >> BigInt(8 * (length - 1 - at))) & 255n));
  return ipaddr.fromByteArray(bytes).toString();
}

async function listeningPorts(): Promise<readonly Target[] | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => undefined)),
  );
  if (tables.every((table) => table === undefined)) return undefined;
  const ports = new Map<number, Target>();
  for (const [at, table] of tables.entries())
    for (const each of listenersIn(table ?? '', at === 1)) if (!ports.has(each.port)) ports.set(each.port, each);
  return [...ports.values()].toSorted((a, b) => a.port - b.port);
}

/**
 * Where this machine can reach the listening sockets (state 0A) of a table of the kernel without a network: what listens on
 * every address is reached on loopback (proc(5), /proc/net/tcp: the bytes of an IPv4 address stand in reverse).
 */
export function listenersIn(table: string, isV6: boolean): readonly Target[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [hex = '', port = ''] = local.split(':');
      const address = isV6 ? loopback6(hex) : loopback4(hex);
      return state === '0A' && address !== undefined ? [{ address, port: Number.parseInt(port, 16) }] : [];
    });
}

function loopback6(hex: string): string | undefined {
  return hex === '0'.repeat(32) || hex === `${'0'.repeat(24)}01000000` ? '::1' : undefined;
}

function loopback4(hex: string): string | undefined {
  const bytes = [...Buffer.from(hex, 'hex')].toReversed();
  if (hex === '00000000') return '127.0.0.1';
  return bytes[0] === 127 ? bytes.join('.') : undefined;
}
