import { isAbsolute, normalize } from 'node:path';
import { refuseUnknownOptions } from '../options.ts';

/** Bounds on a sandboxed program; each is enforced by the kernel. */
export interface SandboxLimits {
  /** Processor time of each process, in seconds. */
  readonly cpuSeconds: number;
  /** Private memory of each process, in bytes. */
  readonly memoryBytes: number;
  /** Size of the largest file that it may write, and of its temporary folder, in bytes. */
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Processes and threads at once. With 1 it makes no process at all, and threads as it needs. */
  readonly processes: number;
}

/** What a sandboxed program may do. Whatever is not in it, it cannot. */
export interface SandboxProfile {
  /** Absolute paths that it reads; a folder stands for everything under it. */
  readonly reads: readonly string[];
  /** Absolute paths that it reads and writes. They must exist. */
  readonly writes: readonly string[];
  /** Absolute paths that it reads under another name: the name inside, then the path of the host. */
  readonly shows: Readonly<Record<string, string>>;
  /** Absolute programs that it runs, itself included. */
  readonly programs: readonly string[];
  /** Whether it sees the network of the host. INVARIANT: without it there is not even a loopback to share. */
  readonly network: boolean;
  /** Whether its own processes may speak to each other over a loopback of its own, which leads nowhere else. */
  readonly loopback: boolean;
  readonly limits: SandboxLimits;
  /** Absolute path, inside. */
  readonly workingDirectory: string;
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * What it sees of the system, read-only: `programs` is the programs, libraries and shared data of `/usr`, `libraries`
   * only what a dynamically linked program loads.
   */
  readonly system: 'programs' | 'libraries';
}

/** A profile with what is usual left out. */
export type SandboxOptions = Partial<Omit<SandboxProfile, 'limits'>> & { readonly limits?: Partial<SandboxLimits> };

/** Limits of a program that says nothing of its own. */
const DEFAULT_SANDBOX_LIMITS: SandboxLimits = Object.freeze({
  cpuSeconds: 10,
  memoryBytes: 256 * 1024 * 1024,
  fileBytes: 16 * 1024 * 1024,
  openFiles: 64,
  processes: 16,
});

const OPTIONS = [
  'reads',
  'writes',
  'shows',
  'programs',
  'network',
  'loopback',
  'limits',
  'workingDirectory',
  'environment',
  'system',
] as const satisfies readonly (keyof SandboxProfile)[];

/** What the sandbox itself puts there: nothing of the host may be laid over it. */
const OWN = ['/', '/proc', '/dev', '/tmp', '/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc', '/sys'];

/**
 * Makes a profile: no network, no paths, an empty environment and its own `/tmp` unless told.
 * @throws TypeError that names the option to mend.
 */
export function createProfile(options: SandboxOptions = {}): SandboxProfile {
  refuseUnknownOptions('sandbox profile', options, OPTIONS);
  refuseUnknownOptions('sandbox profile, limits', options.limits ?? {}, Object.keys(DEFAULT_SANDBOX_LIMITS));
  const limits: SandboxLimits = Object.freeze({ ...DEFAULT_SANDBOX_LIMITS, ...options.limits });
  for (const [name, value] of Object.entries(limits)) {
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new TypeError(`sandbox profile, limits.${name}: give a whole number above 0.`);
  }
  const environment = options.environment ?? {};
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || typeof value !== 'string' || value.includes('\0'))
      throw new TypeError(`sandbox profile, environment: "${name}" is not a variable.`);
  }
  return Object.freeze({
    reads: readPaths('reads', options.reads),
    writes: readPaths('writes', options.writes),
    shows: readShows(options.shows),
    programs: readPaths('programs', options.programs),
    network: options.network === true,
    loopback: options.loopback === true,
    limits,
    workingDirectory: readPath('workingDirectory', options.workingDirectory ?? '/tmp'),
    environment: Object.freeze({ ...environment }),
    system: options.system ?? 'programs',
  });
}

function readShows(shows: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const names = readPaths('shows', Object.keys(shows));
  return Object.freeze(Object.fromEntries(names.map((name) => [name, readPath('shows', shows[name])])));
}

function readPaths(name: string, paths: readonly string[] = []): readonly string[] {
  const read = [...new Set(paths.map((path) => readPath(name, path)))];
  const own = read.find((path) => OWN.includes(path) || /^\/(?:proc|dev|sys)\//.test(path));
  if (own !== undefined)
    throw new TypeError(
      `sandbox profile, ${name}: "${own}" is the sandbox's own, or the kernel's. Name a file or a folder of the host.`,
    );
  // A folder before what lies in it: the later mount is the one that is seen.
  return Object.freeze(read.toSorted());
}

function readPath(name: string, path: unknown): string {
  if (typeof path !== 'string' || !isAbsolute(path) || path.includes('\0') || /[\r\n]/.test(path))
    throw new TypeError(`sandbox profile, ${name}: ${JSON.stringify(path)} is not an absolute path.`);
  const plain = normalize(path);
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}
