import type { SandboxProfile } from './profile.ts';
import { startSandboxed, type Ending, type StartOptions } from './launch.ts';
import type { SandboxSupport } from './support.ts';
import { watchUse } from './watch-use.ts';

/** One run of a program, from start to end. */
export interface RunOptions extends Pick<StartOptions, 'handOver'> {
  /** Wall clock after which it is killed, with all that it started. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Written to its standard input, which is closed then. */
  readonly input?: string | Uint8Array;
  /** Bytes of standard output past which it is killed. */
  readonly maxOutputBytes: number;
  /** Bytes of standard error that are kept; what is beyond is read and dropped. */
  readonly maxErrorBytes: number;
}

/** What a run came to. */
export interface RunResult extends Ending {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Why it was killed, when it was. */
  readonly killed: 'timeout' | 'abort' | 'output' | 'memory' | 'disk' | undefined;
}

/**
 * Runs a program under a profile until it ends, and reads what it writes within bounds.
 * @throws Error when it, or its sandbox, cannot be started.
 */
export async function runSandboxed(
  support: SandboxSupport,
  profile: SandboxProfile,
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { timeoutMs, signal, input, maxOutputBytes, maxErrorBytes, handOver = [] } = options;
  if (signal?.aborted === true) return { ...NOT_RUN, killed: 'abort' };
  const running = startSandboxed(support, profile, program, args, { handOver });
  const { child } = running;
  let killed: RunResult['killed'];
  const kill = (reason: NonNullable<RunResult['killed']>): void => {
    killed ??= reason;
    running.kill();
  };
  const stdout = collect(child.stdout, maxOutputBytes, () => kill('output'));
  const stderr = collect(child.stderr, maxErrorBytes, () => undefined);
  const aborted = () => kill('abort');
  signal?.addEventListener('abort', aborted, { once: true });
  const timer = setTimeout(() => kill('timeout'), timeoutMs);
  const watch = watchUse(running, profile, handOver, kill);
  child.stdin?.end(input ?? '');
  try {
    const ending = await running.ended;
    // INVARIANT: a sandbox that was not made gives no answer, whatever its exit code would mean for the program.
    if (killed === undefined && ending.code !== undefined && !ending.ran)
      throw new Error(`the sandbox could not be made: ${stderr().toString('utf8').trim()}`);
    return { ...ending, stdout: stdout(), stderr: stderr(), killed };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal?.removeEventListener('abort', aborted);
  }
}

const NOT_RUN = Object.freeze({
  code: undefined,
  signal: undefined,
  ran: false,
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
});

/** Keeps up to `most` bytes of a stream, and tells once when there are more. */
function collect(stream: NodeJS.ReadableStream | null, most: number, tooMuch: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    const room = most - size;
    size += chunk.length;
    if (room > 0) chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length > room) tooMuch();
  });
  return () => Buffer.concat(chunks);
}
