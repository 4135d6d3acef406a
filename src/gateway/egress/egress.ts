import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRanges, type AllowedRanges } from '../../capabilities/http/address.ts';
import type { HostOptions } from '../../capabilities/capability.ts';
import { SYSTEM_NETWORK, type Network } from '../../capabilities/http/connect.ts';
import type { Profile } from '../../pipeline/settings.ts';
import type { SandboxOptions } from '../../sandbox/profile.ts';
import { createDial } from './dial.ts';
import { readHosts, type AllowedHost } from './hosts.ts';
import { EGRESS_LIMITS, type EgressLimits } from './limits.ts';
import { createProxy } from './proxy.ts';
import { Refusals } from './refusals.ts';

/** What is decided by, where an upstream asks to leave its sandbox. */
export interface EgressRules {
  readonly id: string;
  /** `needs.hosts`. */
  readonly hosts: readonly string[];
  readonly profile: Profile;
  /** What the deployment says of hosts: private ranges in which they may be. */
  readonly hostOptions: Readonly<Record<string, HostOptions>>;
  /** Takes a line for the operator. */
  readonly log: (line: string) => void;
  readonly network?: Network;
  readonly limits?: Partial<EgressLimits>;
}

/** The way out of one process of an upstream, and of no other. */
export interface Egress {
  /** What its sandbox has to have. */
  readonly sandbox: Pick<SandboxOptions, 'shows' | 'loopback'> & { readonly programs: readonly string[] };
  /** Folders that belong to whoever runs in the sandbox. */
  readonly handOver: readonly string[];
  /** The command that starts a program with its way out. */
  command(program: string, args: readonly string[]): readonly [program: string, args: readonly string[]];
  /** How often a destination was refused, or not reached. */
  readonly refused: number;
  close(): Promise<void>;
}

const INSIDE = '/run/portcullis-egress';
/** The bridge, as this module is: built, or run from source. */
const BRIDGE = import.meta.url.endsWith('.ts') ? './bridge.ts' : './bridge.js';
const inside = BRIDGE.endsWith('.ts') ? 'bridge.mts' : 'bridge.mjs';
const HOSTS_FILE = '127.0.0.1 localhost\n::1 localhost\n';

/**
 * Opens the way out of one process: a proxy on a socket in a folder of its own, which is shown in one sandbox.
 * @throws TypeError on a host that cannot be declared, Error when the socket cannot be opened.
 */
export async function openEgress(rules: EgressRules): Promise<Egress> {
  const hosts = readHosts(`upstream "${rules.id}", needs.hosts`, rules.hosts, rules.profile);
  const limits = { ...EGRESS_LIMITS, ...rules.limits };
  const refusals = new Refusals((line) => rules.log(`upstream ${rules.id}: ${line}`));
  const ranges = rangesOf(hosts, rules.hostOptions);
  const dial = createDial(rules.network ?? SYSTEM_NETWORK, limits.connectMs, ranges);
  const server = createProxy({ hosts, dial, limits, refusals });
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-egress-'));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => void sockets.delete(socket));
  });
  const close = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    rmSync(folder, { recursive: true, force: true });
    refusals.end();
  };
  try {
    await listen(server, join(folder, 'socket'));
    copyFileSync(new URL(BRIDGE, import.meta.url), join(folder, inside));
    writeFileSync(join(folder, 'hosts'), HOSTS_FILE);
  } catch (error) {
    await close();
    throw error;
  }
  // A server on this machine is behind the proxy; whatever else is on loopback is in the sandbox itself.
  const local = hosts.some(({ isLoopback }) => isLoopback) ? '' : 'localhost,127.0.0.1,::1';
  return {
    sandbox: {
      shows: { [INSIDE]: folder, '/etc/hosts': join(folder, 'hosts') },
      loopback: true,
      programs: [process.execPath],
    },
    handOver: [folder],
    command: (program, args) => [
      process.execPath,
      [...FLAGS, `${INSIDE}/${inside}`, `${INSIDE}/socket`, local, program, ...args],
    ],
    get refused(): number {
      return refusals.count;
    },
    close,
  };
}

/** It moves bytes, and needs neither threads nor memory for that. */
const FLAGS = ['--v8-pool-size=0', '--max-old-space-size=32', '--no-warnings'];

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
  // The folder is closed to others; a sandbox may be another user than this process, to whom the folder is given.
  chmodSync(path, 0o666);
}

/** The private ranges that the deployment allows, under `hosts`, for a name at a port: those without a port are for 443. */
function rangesOf(
  hosts: readonly AllowedHost[],
  options: Readonly<Record<string, HostOptions>>,
): (name: string, port: number) => AllowedRanges {
  for (const [key, { standIn }] of Object.entries(options)) {
    const [name = '', port = '443'] = key.split(':');
    const meant = hosts.find(
      (host) =>
        host.port === Number(port) && (host.name === name || (host.isWildcard && name.endsWith(`.${host.name}`))),
    );
    if (standIn !== undefined && meant !== undefined)
      throw new TypeError(
        `hosts.${key}.standIn: an upstream speaks to its hosts itself. Write "localhost:<port>" into its needs.hosts instead.`,
      );
  }
  return (name, port) =>
    (port === 443 ? [name, `${name}:443`] : [`${name}:${port}`]).flatMap((key) =>
      Object.hasOwn(options, key) ? readRanges(`hosts.${key}.addresses`, options[key]?.addresses ?? []) : [],
    );
}
