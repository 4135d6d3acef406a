import { insecureInterpreter } from '../../insecure.ts';
import { refuseUnknownOptions } from '../../options.ts';
import { toMilliseconds, type Duration } from '../../text/duration.ts';

/** Bounds on the runs of a program. */
export interface ExecOptions {
  /** Wall clock of one run; `10s` when absent. */
  readonly timeout?: Duration;
  /** Bytes of standard output past which it is killed; 1 MiB when absent. */
  readonly maxOutputBytes?: number;
  /** Runs at once; 2 when absent. Eight times as many wait. */
  readonly concurrency?: number;
  /** Names of exit codes that are an answer, `{ 0: 'found', 1: 'nothing' }`; `{ 0: 'done' }` when absent. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** Private memory of the program in bytes; 256 MiB when absent. */
  readonly maxMemoryBytes?: number;
  /** Processes and threads that it may have; 1 when absent, with which it can start no other process. */
  readonly processes?: number;
  /** Roots of the deployment that the program may read. */
  readonly reads?: readonly string[];
  /** Lets it be an interpreter, or a program that starts others. Production refuses it. */
  readonly insecure?: typeof insecureInterpreter;
}

/** The same with everything settled. */
export interface ExecSettings {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly concurrency: number;
  readonly exitCodes: ReadonlyMap<number, string>;
  readonly maxMemoryBytes: number;
  readonly processes: number;
  readonly reads: readonly string[];
  readonly interpreter: boolean;
}

const OPTIONS = [
  'timeout',
  'maxOutputBytes',
  'concurrency',
  'exitCodes',
  'maxMemoryBytes',
  'processes',
  'reads',
  'insecure',
] as const satisfies readonly (keyof ExecOptions)[];

const MIB = 1024 * 1024;

/**
 * Settles the options of a program.
 * @throws TypeError that names the option to mend.
 */
export function readOptions(where: string, options: ExecOptions): ExecSettings {
  refuseUnknownOptions(where, options, OPTIONS);
  const { insecure, reads = [] } = options;
  if (insecure !== undefined && insecure !== insecureInterpreter)
    throw new TypeError(`${where}, insecure: the one symbol that it takes is insecureInterpreter.`);
  if (!Array.isArray(reads) || reads.some((root) => typeof root !== 'string'))
    throw new TypeError(`${where}, reads: name roots of the deployment, such as ["fonts"].`);
  return Object.freeze({
    timeoutMs: toMilliseconds(options.timeout ?? '10s', `${where}, timeout`),
    maxOutputBytes: within(where, 'maxOutputBytes', options.maxOutputBytes, MIB, 256 * MIB),
    concurrency: within(where, 'concurrency', options.concurrency, 2, 256),
    exitCodes: readCodes(where, options.exitCodes ?? { 0: 'done' }),
    maxMemoryBytes: within(where, 'maxMemoryBytes', options.maxMemoryBytes, 256 * MIB, 64 * 1024 * MIB),
    processes: within(where, 'processes', options.processes, 1, 1024),
    reads: Object.freeze([...reads]),
    interpreter: insecure !== undefined,
  });
}

function readCodes(where: string, codes: Readonly<Record<number, string>>): ReadonlyMap<number, string> {
  const read = new Map(Object.entries(codes).map(([code, name]) => [Number(code), name] as const));
  for (const [code, name] of read) {
    if (!Number.isInteger(code) || code < 0 || code > 255 || typeof name !== 'string' || name === '')
      throw new TypeError(
        `${where}, exitCodes: give names to codes from 0 to 255, such as { 0: "found", 1: "nothing" }.`,
      );
  }
  return read;
}

function within(where: string, name: string, value: number | undefined, otherwise: number, most: number): number {
  const settled = value ?? otherwise;
  if (Number.isSafeInteger(settled) && settled >= 1 && settled <= most) return settled;
  throw new TypeError(`${where}, ${name}: give a whole number from 1 to ${most}.`);
}
