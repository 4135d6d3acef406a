import { lstatSync, readlinkSync } from 'node:fs';
import type { SandboxLimits, SandboxProfile } from './profile.ts';

/** Where the programs are that a sandbox is made with. */
export interface SandboxTools {
  /** Absolute path of bubblewrap. */
  readonly bubblewrap: string;
  /** Absolute path of util-linux's prlimit. */
  readonly prlimit: string;
}

/** File descriptor of the sandboxed process from which bubblewrap reads the filter. */
export const FILTER_FD = 3;

const NOBODY = '65534';
const PROGRAMS = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libexec', '/usr/share'];
const LIBRARIES = ['/usr/lib', '/usr/lib64'];
/** How the dynamic loader and the system's own links find what is in `/usr`. */
const LOOKUP = ['/etc/ld.so.cache', '/etc/alternatives'];
/** How names become addresses, and certificates are judged. */
const NETWORK = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl', '/etc/ca-certificates'];
/** How certificates are judged, where a way out leads through a loopback of its own. */
const CERTIFICATES = ['/etc/ssl/certs'];
/** Without `zero`: mapped as shared, it is memory that no limit of a process counts. */
const DEVICES = ['null', 'full', 'random', 'urandom'];
const DEVICE_LINKS: readonly (readonly [string, string])[] = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
];
/** Parts of `/proc` that tell of the host. Empty folders and files stand in their place. */
const HIDDEN = words(
  'acpi asound bus cmdline config.gz diskstats driver dynamic_debug fs interrupts irq kallsyms kcore key-users keys ' +
    'kmsg kpagecgroup kpagecount kpageflags latency_stats locks modules partitions pressure sched_debug scsi slabinfo ' +
    'sys sysrq-trigger timer_list vmallocinfo',
).map((name) => `/proc/${name}`);

/**
 * The command that runs a program under a profile: bubblewrap, then prlimit inside of it, then the program. `status` is the
 * descriptor at which bubblewrap tells the host of a program that it ran, and that nothing inside has.
 */
export function sandboxCommand(
  { bubblewrap, prlimit }: SandboxTools,
  profile: SandboxProfile,
  program: string,
  args: readonly string[],
  status: number = FILTER_FD + 1,
): readonly [command: string, ...args: string[]] {
  return [
    bubblewrap,
    ...namespaces(profile),
    ...systemMounts(profile, prlimit),
    ...profile.reads.flatMap((path) => ['--ro-bind', path, path]),
    ...Object.entries(profile.shows).flatMap(([inside, path]) => ['--ro-bind', path, inside]),
    ...profile.writes.flatMap((path) => ['--bind', path, path]),
    // INVARIANT: nothing outside of `writes` and the sized `/tmp` can be written: the root holds no file of its own.
    ...words('--remount-ro /dev --remount-ro /'),
    '--chdir',
    profile.workingDirectory,
    ...words(`--json-status-fd ${status} --seccomp ${FILTER_FD} --`),
    ...limitedCommand(prlimit, profile.limits, program, args),
  ];
}

/** The command that runs a program with its resource limits and nothing else. */
export function limitedCommand(
  prlimit: string,
  limits: SandboxLimits,
  program: string,
  args: readonly string[],
): readonly [command: string, ...args: string[]] {
  return [prlimit, ...resourceLimits(limits), '--', program, ...args];
}

/** Arguments that hold no space. */
function words(text: string): readonly string[] {
  return text.split(' ');
}

function namespaces({ network, environment }: SandboxProfile): readonly string[] {
  return [
    ...words('--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try'),
    ...(network ? [] : ['--unshare-net']),
    ...words(`--uid ${NOBODY} --gid ${NOBODY} --cap-drop ALL --hostname sandbox`),
    ...words('--die-with-parent --clearenv'),
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

function systemMounts(
  { system, network, loopback, limits, programs }: SandboxProfile,
  prlimit: string,
): readonly string[] {
  const folders = system === 'programs' ? PROGRAMS : LIBRARIES;
  const shown = (path: string): boolean => folders.some((folder) => path.startsWith(`${folder}/`));
  const single = [...new Set([prlimit, ...programs])].filter((path) => !shown(path));
  const files = [...LOOKUP, ...(network ? NETWORK : loopback ? CERTIFICATES : [])];
  return [
    ...folders.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64'].flatMap(rootFolder),
    ...files.flatMap((path) => ['--ro-bind-try', path, path]),
    ...words('--proc /proc'),
    ...HIDDEN.flatMap(hide),
    ...words('--size 65536 --tmpfs /dev'),
    ...DEVICES.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]),
    ...DEVICE_LINKS.flatMap(([target, path]) => ['--symlink', target, path]),
    ...words(`--size ${limits.fileBytes} --tmpfs /tmp`),
    ...single.flatMap((path) => ['--ro-bind', path, path]),
  ];
}

/** `/bin` and its like are links into `/usr` on a merged system, and folders on others. */
function rootFolder(path: string): readonly string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

function hide(path: string): readonly string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isDirectory()
    ? ['--size', '4096', '--tmpfs', path, '--remount-ro', path]
    : ['--ro-bind', '/dev/null', path];
}

/** RLIMIT_DATA bounds private memory; RLIMIT_AS would count what V8 only reserves (setrlimit(2)). */
function resourceLimits({
  cpuSeconds,
  memoryBytes,
  fileBytes,
  openFiles,
  processes,
}: SandboxLimits): readonly string[] {
  return [
    `--cpu=${cpuSeconds}`,
    `--data=${memoryBytes}`,
    `--fsize=${fileBytes}`,
    `--nofile=${openFiles}`,
    // With 1 the filter refuses processes: what is counted then is threads.
    `--nproc=${processes === 1 ? THREADS : processes}`,
    '--core=0',
    '--memlock=0',
    '--msgqueue=0',
    '--nice=0',
    '--stack=8388608',
    '--sigpending=1024',
    '--rtprio=0',
  ];
}

const THREADS = 64;
