import { FilesError } from './error.ts';

/** Bounds of one call. */
export interface FilesLimits {
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly operations: number;
  readonly entries: number;
}

/** What one call has used of its bounds; its temporary folders count, too. */
export class Budget {
  readonly limits: FilesLimits;
  readonly #signal: () => AbortSignal;
  #operations = 0;
  #read = 0;
  #written = 0;
  #over = false;

  constructor(limits: FilesLimits, signal: () => AbortSignal) {
    this.limits = limits;
    this.#signal = signal;
  }

  /** Counts an operation. */
  begin(): void {
    this.check();
    if (++this.#operations > this.limits.operations) throw new FilesError('too-many', 'operations');
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
    this.#written += bytes;
  }

  /** Ends the call: whatever a handler still tries is refused. */
  end(): void {
    this.#over = true;
  }
}
