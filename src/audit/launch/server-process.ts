import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandboxed, type Sandboxed } from '../../sandbox/launch.ts';
import { createProfile, type SandboxProfile } from '../../sandbox/profile.ts';
import type { SandboxSupport } from '../../sandbox/support.ts';
import { watchUse } from '../../sandbox/watch-use.ts';
import { createLineReader } from './line-reader.ts';
import { removeHome } from './remove-home.ts';
import { listeningSockets, type ListeningSocket } from './sockets.ts';
import { lookAtWritten, type Written } from './written.ts';

/** A server that is to be launched over standard input and output. */
export interface LaunchCommand {
  /** As it was named, for people. */
  readonly name: string;
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute paths that it reads; a folder stands for everything under it. */
  readonly reads: readonly string[];
  /** Absolute, and one of `reads` or below one; its own folder when absent. */
  readonly workingDirectory?: string;
  /** What it is handed of the environment, by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it sees the network of this machine. */
  readonly network: boolean;
}

/** Why a launched server was ended before its time. */
export type Ended = 'line' | 'total' | 'memory' | 'disk' | 'timeout';

/** What is known of a launched server when it has ended. */
export interface LaunchedFacts {
  /** Why it was ended; undefined when it ended by itself, or because nothing was wanted of it any more. */
  readonly endedFor: Ended | undefined;
  /** What it wrote to standard error, at most 64 KiB of it. */
  readonly stderr: string;
  readonly written: Written;
}

/** A launched server. */
export interface ServerProcess {
  /** A secret of its environment that is none: wherever it comes out, the environment leaks. */
  readonly canary: string;
  /** Writes one line. What cannot be written because the server has ended is dropped. */
  send(line: string | Uint8Array): void;
  /** Hears each line that it writes, from now on. */
  onLine(hear: (line: Buffer) => void): void;
  /** Hears that it has ended, or was ended. */
  onEnd(hear: () => void): void;
  /** Whether it has ended. */
  hasEnded(): boolean;
  /** On what it waits for others now; undefined where the system does not tell. */
  sockets(): readonly ListeningSocket[] | undefined;
  /** Ends its input; whether it ended by itself within the time, in milliseconds. */
  endInput(withinMs: number): Promise<boolean>;
  /** Ends it with all that it started, and removes its folder. May be called more than once. */
  stop(): Promise<LaunchedFacts>;
}

const LINE_BYTES = 4 * 1024 * 1024;
const TOTAL_BYTES = 32 * 1024 * 1024;
const ERROR_BYTES = 64 * 1024;
/** What Node reserves of address space for code and for WebAssembly, which a limit on data counts and nobody uses. */
const V8_RESERVES = 1024 * 1024 * 1024;
/** Wide enough for a server that sets limits of its own below them; the clock of the run is what bounds it. */
const LIMITS = {
  cpuSeconds: 3_600,
  memoryBytes: V8_RESERVES + 512 * 1024 * 1024,
  fileBytes: 128 * 1024 * 1024,
  openFiles: 1_024,
  processes: 64,
};

/** Names a variable that servers have no use for. */
const CANARY_NAME = 'AUDIT_CANARY_SECRET';

/** How a server is started. */
export interface LaunchOptions {
  /** Milliseconds after which it is ended, whatever it does. */
  readonly lifeMs: number;
  /** Hears each line that it writes, from the first on. */
  readonly hear?: (line: Buffer, canary: string) => void;
}

/**
 * Starts a server in a sandbox, with a home of its own and nothing else to write to.
 * INVARIANT: it sees no variable of this process, and no network unless it was named.
 * @throws Error when it cannot be started.
 */
export function startServer(support: SandboxSupport, command: LaunchCommand, options: LaunchOptions): ServerProcess {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-audit-')));
  try {
    const canary = `canary-${randomBytes(16).toString('hex')}`;
    const { home, users } = furnish(folder);
    const profile = profileOf(command, { home, users, canary });
    const running = startSandboxed(support, profile, command.program, command.args, { handOver: [home] });
    return follow(running, { profile, folder, home, canary, isAlone: isAlone(support, command), ...options });
  } catch (error) {
    removeHome(folder);
    throw error;
  }
}

/** A home, and a list of users with the one that it is inside: programs look themselves up and end where they are not found. */
function furnish(folder: string): { readonly home: string; readonly users: string } {
  // A sandbox of root runs as another user, who has to get to its home.
  chmodSync(folder, 0o711);
  const [home, users] = [join(folder, 'home'), join(folder, 'passwd')];
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(users, `nobody:x:65534:65534:nobody:${home}:/bin/false\n`);
  chmodSync(users, 0o644);
  return { home, users };
}

function isAlone(support: SandboxSupport, { network }: LaunchCommand): boolean {
  return support.tools !== undefined && !network;
}

interface Furnished {
  readonly home: string;
  readonly users: string;
  readonly canary: string;
}

function profileOf(command: LaunchCommand, { home, users, canary }: Furnished): SandboxProfile {
  return createProfile({
    reads: [...command.reads],
    writes: [home],
    shows: { '/etc/passwd': users },
    programs: [command.program],
    network: command.network,
    // Its own loopback: what it listens on is to be seen, and leads nowhere.
    loopback: !command.network,
    workingDirectory: command.workingDirectory ?? home,
    environment: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: home,
      TMPDIR: home,
      [CANARY_NAME]: canary,
      ...command.environment,
    },
    limits: LIMITS,
  });
}

interface Following extends LaunchOptions {
  readonly profile: SandboxProfile;
  readonly folder: string;
  readonly home: string;
  readonly canary: string;
  readonly isAlone: boolean;
}

function follow(
  running: Sandboxed,
  { profile, folder, home, canary, lifeMs, isAlone: alone, hear }: Following,
): ServerProcess {
  const { child } = running;
  const hearers: ((line: Buffer) => void)[] = hear === undefined ? [] : [(line) => hear(line, canary)];
  const atEnd: (() => void)[] = [];
  let endedFor: Ended | undefined;
  let hasEnded = false;
  const kill = (why: Ended): void => {
    if (!hasEnded) endedFor ??= why;
    running.kill();
  };
  const read = createLineReader(
    { line: LINE_BYTES, total: TOTAL_BYTES },
    { line: (bytes) => hearers.forEach((each) => each(bytes)), tooMuch: kill },
  );
  child.stdout?.on('data', read);
  const stderr = keep(child.stderr);
  const watch = watchUse(running, profile, [home], kill);
  const timer = setTimeout(() => kill('timeout'), lifeMs).unref();
  const over = (): void => {
    hasEnded = true;
    for (const each of atEnd) each();
    clearInterval(watch);
    clearTimeout(timer);
  };
  const ended = running.ended.then(over, over);
  let facts: Promise<LaunchedFacts> | undefined;
  const finish = async (): Promise<LaunchedFacts> => {
    running.kill();
    await ended;
    const written = lookAtWritten(home);
    removeHome(folder);
    return { endedFor, stderr: stderr(), written };
  };
  return {
    canary,
    onEnd: (each) => void atEnd.push(each),
    send: (line) => void (child.stdin?.writable === true && child.stdin.write(asLine(line))),
    onLine: (each) => void hearers.push(each),
    hasEnded: () => hasEnded,
    sockets: () => (child.pid === undefined || hasEnded ? undefined : listeningSockets(child.pid, alone)),
    async endInput(withinMs) {
      child.stdin?.end();
      const late = Promise.withResolvers<boolean>();
      const patience = setTimeout(() => late.resolve(false), withinMs);
      const inTime = await Promise.race([ended.then(() => endedFor === undefined), late.promise]);
      clearTimeout(patience);
      return inTime;
    },
    stop: () => (facts ??= finish()),
  };
}

function asLine(line: string | Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(line), Buffer.from('\n')]);
}

/** Keeps the first bytes of a stream, and reads on so that whoever writes does not wait. */
function keep(stream: NodeJS.ReadableStream | null): () => string {
  const pieces: Buffer[] = [];
  let room = ERROR_BYTES;
  stream?.on('data', (piece: Buffer) => {
    if (room > 0) pieces.push(piece.subarray(0, room));
    room = Math.max(0, room - piece.length);
  });
  return () => Buffer.concat(pieces).toString('utf8');
}
