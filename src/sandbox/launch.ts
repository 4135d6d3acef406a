import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { FILTER_FD, limitedCommand, sandboxCommand } from './arguments.ts';
import { inheritedDescriptors, nullDescriptor } from './descriptors.ts';
import type { Identity } from './identity.ts';
import type { SandboxProfile } from './profile.ts';
import { assembleFilter } from './seccomp.ts';
import type { SandboxSupport } from './support.ts';

/** How a sandboxed program is started. */
export interface StartOptions {
  /** Pipes beside the first three, both ways: they have the descriptors 4, 5 and so on inside. */
  readonly pipes?: number;
  /** Folders that are given to the user that the program runs as, where the host is root. They stay the host's to read. */
  readonly handOver?: readonly string[];
}

/** A started program. */
export interface Sandboxed {
  readonly child: ChildProcess;
  /** The pipes that were asked for. */
  readonly pipes: readonly (Readable & Writable)[];
  /** Ends it with every process that it made; at once, and more than once without harm. */
  kill(): void;
  /** Resolves when it has ended and its output has been read. Rejects when it could not be started. */
  readonly ended: Promise<Ending>;
}

/** How a program ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** False when the exit code may be bubblewrap's own: it has not told of a program that it ran to its end. */
  readonly ran: boolean;
}

/**
 * Starts a program under a profile. Without bubblewrap it gets what is left: resource limits, an empty environment and a
 * process group of its own.
 * @throws Error when all user ids are lent, or when the program cannot be started.
 */
export function startSandboxed(
  support: SandboxSupport,
  profile: SandboxProfile,
  program: string,
  args: readonly string[],
  { pipes = 0, handOver = [] }: StartOptions = {},
): Sandboxed {
  const identity = lend(support);
  try {
    if (identity !== undefined) for (const folder of handOver) chownSync(folder, identity.uid, identity.uid);
    const child = spawnUnder(support, profile, program, args, pipes, identity);
    return watch(child, pipes, identity, support.tools === undefined ? undefined : child.stdio[statusOf(pipes)]);
  } catch (error) {
    identity?.release();
    throw error;
  }
}

function lend({ tools, identities }: SandboxSupport): Identity | undefined {
  if (tools === undefined || identities === undefined) return undefined;
  const identity = identities.lend();
  if (identity === undefined) throw new Error('every user id of the sandboxes is in use');
  return identity;
}

function spawnUnder(
  { tools, prlimit, machine }: SandboxSupport,
  profile: SandboxProfile,
  program: string,
  args: readonly string[],
  pipes: number,
  identity: Identity | undefined,
): ChildProcess {
  const whole = tools !== undefined && machine !== undefined;
  const bare =
    prlimit === undefined ? ([program, ...args] as const) : limitedCommand(prlimit, profile.limits, program, args);
  const [command, ...rest] = whole ? sandboxCommand(tools, profile, program, args, statusOf(pipes)) : bare;
  const child = spawn(command, rest, {
    // bubblewrap clears it inside; without bubblewrap this is the program's own.
    env: whole ? {} : { ...profile.environment },
    cwd: whole ? '/' : profile.workingDirectory,
    // A session of its own, without a terminal: what it starts stays in it.
    detached: true,
    stdio: layDescriptors(pipes),
    ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.uid }),
  });
  // Before the filter goes to bubblewrap, which waits for it: what it starts inherits this.
  if (child.pid !== undefined) lower(child.pid);
  const filter = child.stdio[FILTER_FD];
  if (filter !== null && filter !== undefined && 'end' in filter) {
    filter.on('error', () => undefined);
    const { network, loopback, limits } = profile;
    if (whole) filter.end(assembleFilter({ machine, network, loopback, processes: limits.processes > 1 }));
    else filter.destroy();
  }
  return child;
}

const LOW = 10;

/** INVARIANT: when processors are short, the host and the calls that it answers itself come first. */
function lower(pid: number): void {
  try {
    setPriority(pid, LOW);
    // Linux weighs sessions against each other before processes, where it groups them (sched(7), autogroup).
    writeFileSync(`/proc/${pid}/autogroup`, String(LOW));
  } catch {
    // Not grouped, or gone.
  }
}

/** Where bubblewrap tells of its program: behind the pipes, whose numbers the inside knows. */
function statusOf(pipes: number): number {
  return FILTER_FD + 1 + pipes;
}

/** Standard streams, the filter, the pipes, the status; and `/dev/null` over whatever this process itself was handed. */
function layDescriptors(pipes: number): StdioOptions {
  const inherited = inheritedDescriptors();
  const first = statusOf(pipes) + 1;
  const count = Math.max(first, (inherited.at(-1) ?? 0) + 1);
  return Array.from({ length: count }, (_, fd) => {
    if (fd < first) return 'pipe';
    return inherited.includes(fd) ? nullDescriptor() : 'ignore';
  });
}

function watch(
  child: ChildProcess,
  pipes: number,
  identity: Identity | undefined,
  status: Readable | Writable | null | undefined,
): Sandboxed {
  const hasRun = status === undefined ? () => true : hearStatus(status);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', (error) => {
      identity?.release();
      reject(error);
    });
    // Without bubblewrap what it left behind would live on, and keep its output open.
    child.once('exit', () => endGroup(child.pid));
    const isHeld = status === undefined ? letGo(child) : () => false;
    child.once('close', (code, signal) => {
      identity?.release();
      if (isHeld()) resolve({ code: undefined, signal: 'SIGKILL', ran: true });
      else resolve({ code: code ?? undefined, signal: signal ?? undefined, ran: hasRun() });
    });
  });
  ended.catch(() => undefined);
  // A pipe that breaks because the program ended is told by its end.
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      // INVARIANT: the group of its own dies, and with bubblewrap the namespace of every process that it made.
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  };
  const own = child.stdio.slice(FILTER_FD + 1, FILTER_FD + 1 + pipes) as (Readable & Writable)[];
  return { child, pipes: own, kill, ended };
}

const HELD_MS = 2_000;

/**
 * Without bubblewrap a process in a session of its own lives on when its program has ended, and may hold its output open
 * for ever: nobody waits for that. Says whether there was one, for then the output may not be whole.
 */
function letGo(child: ChildProcess): () => boolean {
  let held = false;
  child.once('exit', () => {
    const timer = setTimeout(() => {
      held = true;
      for (const stream of child.stdio) stream?.destroy();
    }, HELD_MS).unref();
    child.once('close', () => clearTimeout(timer));
  });
  return () => held;
}

const MOST_STATUS = 65_536;

/**
 * Hears what bubblewrap tells: an object a line, and one with an exit code only of a program that it ran (bwrap(1),
 * `--json-status-fd`). Its own exit code is 1 when it could not make the sandbox, which is an answer of many programs.
 */
function hearStatus(status: Readable | Writable | null): () => boolean {
  let told = '';
  status?.on('data', (piece: Buffer) => {
    if (told.length < MOST_STATUS) told += piece.toString('latin1');
  });
  return () => told.split('\n').some(hasExitCode);
}

function hasExitCode(line: string): boolean {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null && 'exit-code' in said;
  } catch {
    return false;
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
}
