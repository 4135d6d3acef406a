import { isAbsolute } from 'node:path';
import { refuseUnknownOptions } from '../options.ts';
import { toMilliseconds, type Duration } from '../text/duration.ts';
import { DEFAULT_SANDBOX, type SandboxSettings } from './runner.ts';

/** What a deployment gives to sandboxed tools. Each has a default that suits an ordinary server. */
export interface SandboxDeployment {
  /** Memory of one sandboxed handler, in bytes, beside what Node itself takes; 256 MiB. */
  readonly memoryBytes?: number;
  /** Heap of JavaScript within it, in bytes; 128 MiB. Of a worker, all that it has. */
  readonly heapBytes?: number;
  /** Temporary folder of one handler, in bytes; 16 MiB. */
  readonly temporaryBytes?: number;
  /** Processor time of one handler over all its calls, in seconds; 120. */
  readonly cpuSeconds?: number;
  readonly openFiles?: number;
  /** Handlers of one principal; 4. */
  readonly perPrincipal?: number;
  /** Handlers of everyone; 16. */
  readonly total?: number;
  /** Kept started for a first call; 1. */
  readonly ready?: number;
  /** How long an idle handler is kept; `1m`. */
  readonly idle?: Duration;
  /** Calls after which a handler is replaced; 200. */
  readonly calls?: number;
  /** Calls of one principal that wait for a place; 32. */
  readonly waiting?: number;
  /** Absolute paths that the server's modules read while they load. */
  readonly reads?: readonly string[];
}

const NUMBERS = [
  'memoryBytes',
  'heapBytes',
  'temporaryBytes',
  'cpuSeconds',
  'openFiles',
  'perPrincipal',
  'total',
  'calls',
  'waiting',
] as const satisfies readonly (keyof SandboxDeployment)[];

/**
 * Resolves what a deployment says of its sandboxes.
 * @throws TypeError that names the option to mend.
 */
export function resolveSandbox(options: SandboxDeployment = {}): SandboxSettings {
  refuseUnknownOptions('deployment, sandbox', options, [...NUMBERS, 'ready', 'idle', 'reads']);
  for (const name of NUMBERS) atLeast(1, name, options[name]);
  atLeast(0, 'ready', options.ready);
  const { handler, pool } = DEFAULT_SANDBOX;
  const { memoryBytes = handler.memoryBytes, perPrincipal = pool.perPrincipal, total = pool.total } = options;
  const { heapBytes = Math.min(handler.heapBytes, memoryBytes), cpuSeconds = handler.cpuSeconds, reads = [] } = options;
  if (heapBytes > memoryBytes) throw new TypeError('deployment, sandbox.heapBytes: give at most memoryBytes.');
  if (perPrincipal > total) throw new TypeError('deployment, sandbox.perPrincipal: give at most total.');
  const relative = reads.find((path) => !isAbsolute(path));
  if (relative !== undefined) throw new TypeError(`deployment, sandbox.reads: "${relative}" is not an absolute path.`);
  return Object.freeze({
    handler: Object.freeze({
      cpuSeconds,
      memoryBytes,
      heapBytes,
      fileBytes: options.temporaryBytes ?? handler.fileBytes,
      openFiles: options.openFiles ?? handler.openFiles,
    }),
    pool: Object.freeze({
      perPrincipal,
      total,
      ready: options.ready ?? pool.ready,
      idleMs: options.idle === undefined ? pool.idleMs : toMilliseconds(options.idle, 'deployment, sandbox.idle'),
      calls: options.calls ?? pool.calls,
      // Past half of its time it is replaced between two calls, rather than ended in the middle of one.
      cpuMs: cpuSeconds * 500,
      waiting: options.waiting ?? pool.waiting,
    }),
    reads: Object.freeze([...reads]),
  });
}

function atLeast(least: number, name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
    throw new TypeError(`deployment, sandbox.${name}: give a whole number from ${least}.`);
}
