import { dirname } from 'node:path';
import type { Act } from './acts.ts';

/** What one tool may do, as declared and as the runtime does by itself. Paths are absolute, links followed. */
export interface Allowance {
  /** Paths that it declares to read; a folder stands for everything under it. */
  readonly reads: readonly string[];
  /** Paths that it declares to write. */
  readonly writes: readonly string[];
  readonly programs: readonly string[];
  /** Addresses of the hosts that it declares: `address:port`, or `address:*`. */
  readonly addresses: readonly string[];
  /** Whether it declares any host: names are then looked up. */
  readonly network: boolean;
  /** What the runtime reads for its own sake: code, and what a call that does nothing reads. */
  readonly own: readonly string[];
  /** What may be written whatever the effect is: temporary files, and what a reader of a database keeps beside it. */
  readonly scratch: readonly string[];
  /** Programs that make the sandbox. */
  readonly sandbox: readonly string[];
  readonly readOnly: boolean;
}

/** A difference between what a tool says and what it does. */
export interface Finding {
  readonly kind: Act['kind'] | 'effect';
  readonly what: string;
  readonly times: number;
  /** It was only tried. */
  readonly failed: boolean;
  /** The program that did it, when it was not the handler. */
  readonly by?: string;
}

/** What every program reads to begin with. */
const SYSTEM = [
  '/usr',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/bin',
  '/sbin',
  '/proc',
  '/sys',
  '/dev',
  '/etc/ld.so.cache',
];
const SYSTEM_FILES = [
  '/etc/ld.so.preload',
  '/etc/ld.so.conf',
  '/etc/locale.alias',
  '/etc/ssl/openssl.cnf',
  '/etc/localtime',
  '/etc/alternatives',
];
const NAMES = [
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/host.conf',
  '/etc/gai.conf',
  '/etc/services',
];
const CERTIFICATES = ['/etc/ssl', '/etc/ca-certificates', '/usr/lib/ssl', '/usr/share/ca-certificates'];
/** What Node looks at by itself, and what leads nowhere. */
const HOST = ['/dev/null', '/dev/urandom', '/dev/random', '/etc/localtime', '/usr/share/zoneinfo', '/sys/fs/cgroup'];
const HOST_PROC =
  /^\/proc\/(?:(?:self|\d+)\/(?:cgroup|maps|stat|status|statm|mounts|mountinfo|fd|fdinfo|uid_map)|cpuinfo|meminfo|stat|loadavg|version|version_signature|sys\/vm\/overcommit_memory)(?:\/|$)/;
const WATCHED_PROC = /^\/proc\/\d+\/(?!root|environ|mem|cwd|fd)/;
const DNS_PORT = /:53$/;

/** What is left of the acts when everything declared is taken away. */
export function compare(acts: readonly Act[], allowance: Allowance): readonly Finding[] {
  const findings = new Map<string, Finding>();
  const add = (finding: Omit<Finding, 'times'>): void => {
    const key = `${finding.kind} ${finding.what} ${finding.by ?? ''}`;
    const known = findings.get(key);
    const failed = finding.failed && known?.failed !== false;
    findings.set(key, { ...finding, failed, times: (known?.times ?? 0) + 1 });
  };
  for (const act of acts) {
    const { kind, what, failed, by } = act;
    if (by !== undefined && allowance.sandbox.includes(by) && kind !== 'run') continue;
    const common = { what, failed, ...(by === undefined ? {} : { by }) };
    if (!isDeclared(act, allowance)) add({ kind, ...common });
    else if (kind === 'write' && allowance.readOnly && !failed && !isHarmless(act, allowance))
      add({ kind: 'effect', ...common });
  }
  return [...findings.values()];
}

function isDeclared(act: Act, allowance: Allowance): boolean {
  const { kind, what, by } = act;
  if (kind === 'run') return [...allowance.programs, ...allowance.sandbox].includes(what);
  if (kind === 'write') return isUnder(what, allowance.writes) || isHarmless(act, allowance);
  if (kind === 'listen') return what.startsWith('@') || isUnder(what, allowance.scratch);
  if (kind === 'connect') return isReached(what, allowance);
  if (isUnder(what, [...allowance.reads, ...allowance.writes, ...allowance.scratch, ...allowance.own])) return true;
  if (by !== undefined) return isUnder(what, [...SYSTEM, ...SYSTEM_FILES]) && !/^\/proc\/(?:\d+|self)\/root/.test(what);
  if (isUnder(what, HOST) || HOST_PROC.test(what) || isWatched(act, allowance)) return true;
  return allowance.network && isUnder(what, [...NAMES, ...CERTIFICATES]);
}

/** A host that makes sandboxes watches their processes. */
function isWatched({ what }: Act, { sandbox }: Allowance): boolean {
  return sandbox.length > 0 && WATCHED_PROC.test(what);
}

/** Changes nothing that lasts: temporary files, and how urgent a sandbox is. */
function isHarmless(act: Act, allowance: Allowance): boolean {
  return isUnder(act.what, allowance.scratch) || isDevice(act.what) || isWatched(act, allowance);
}

function isDevice(path: string): boolean {
  return path === '/dev/null' || path === '/dev/tty';
}

function isReached(address: string, { addresses, network }: Allowance): boolean {
  if (addresses.includes(address) || addresses.includes(address.replace(/:\d+$/, ':*'))) return true;
  // Looking a name up asks a name server, and on some systems a socket of the machine's own.
  return (
    network &&
    (DNS_PORT.test(address) || address.startsWith('/var/run/nscd') || address.startsWith('/run/systemd/resolve'))
  );
}

function isUnder(path: string, folders: readonly string[]): boolean {
  const set = new Set(folders);
  for (let at = path; ; at = dirname(at)) {
    if (set.has(at)) return true;
    if (at === dirname(at)) return false;
  }
}
