import type { Meter } from '../../pipeline/meter.ts';
import { FilesError } from './error.ts';

/** Bounds of one call. */
export interface FilesLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly operations: number;
  readonly entries: number;
}

/** Operations of one call at a time. */
const AT_ONCE = 16;

/** What one call has used of its bounds; its temporary folders count, too. */
export class Budget {
  readonly limits: FilesLimits;
  readonly #signal: () => AbortSignal;
  readonly #meter: Meter | undefined;
  #operations = 0;
  #read = 0;
  #written = 0;
  #over = false;
  #working = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: FilesLimits, signal: () => AbortSignal, meter?: Meter) {
    this.limits = limits;
    this.#signal = signal;
    this.#meter = meter;
  }

  /** Counts an operation and runs it, after those before it when too many of the call are under way. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    if (++this.#operations > this.limits.operations) throw new FilesError('too-many', 'operations');
    // Each holds open files, of which the process has so many.
    if (this.#working >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#working++;
    try {
      this.check();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#working--;
      else next();
    }
  }

  /** Insists that the call still goes on. */
  check(): void {
    if (this.#over || this.#signal().aborted) throw new FilesError('ended');
  }

  /** Counts bytes that were read. */
  read(bytes: number): void {
    this.#read += bytes;
    if (this.#read > this.limits.totalBytes) throw new FilesError('too-many', 'bytes read');
  }

  /** Counts bytes that are about to be written. */
  write(bytes: number): void {
    if (this.#written + bytes > this.limits.totalBytes) throw new FilesError('too-many', 'bytes written');
    this.#meter?.spend('diskBytes', bytes);
    this.#written += bytes;
  }

  /** Ends the call: whatever a handler still tries is refused. */
  end(): void {
    this.#over = true;
  }
}
