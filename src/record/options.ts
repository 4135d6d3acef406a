import { refuseUnknownOptions } from '../options.ts';
import type { Disk } from './disk.ts';
import type { SigningKey } from './note.ts';
import type { Redactor } from './redact.ts';

/** How to open an audit log. */
export interface LogOptions {
  /** Created with mode 0700 when absent; one writer at a time. */
  readonly directory: string;
  /** Name of the log to those who verify it, unique in the world by intent: `notes.example.com/audit` (C2SP tlog-checkpoint). */
  readonly origin: string;
  /** Signs the checkpoints. Keep its file outside the directory. */
  readonly key: SigningKey;
  /** The process's redactor; its own, empty one unless given. */
  readonly redactor?: Redactor;
  /** Told of trouble that no caller waits for: an outage, lost events, a checkpoint that failed. Must not throw. */
  readonly onAlert?: (detail: string) => void;
  /** Bytes after which a new segment begins; 16 MiB unless told. Opening hashes at most one segment. */
  readonly segmentBytes?: number;
  /** Records between checkpoints that are kept; 4,096 unless told. The newest is renewed every second besides. */
  readonly checkpointEvery?: number;
  /** Bytes of events that may wait to be written; 4 MiB unless told. */
  readonly queueBytes?: number;
  /** Hash every record when opening, not the newest segment alone. */
  readonly rehash?: boolean;
  /** The file system's operations; tests inject faults here. */
  readonly disk?: Disk;
}

const NAMES: readonly (keyof LogOptions)[] = [
  'directory',
  'origin',
  'key',
  'redactor',
  'onAlert',
  'segmentBytes',
  'checkpointEvery',
  'queueBytes',
  'rehash',
  'disk',
];

/**
 * Refuses options that nobody reads.
 *
 * @throws TypeError that names the unknown option and the nearest valid one.
 */
export function checkOptionNames(options: object): void {
  refuseUnknownOptions('openLog', options, NAMES);
}

/**
 * A whole number within bounds, or the default.
 *
 * @throws TypeError that names the option.
 */
export function wholeNumber(
  name: string,
  value: number | undefined,
  fallback: number,
  low: number,
  high: number,
): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
  throw new TypeError(`openLog: ${name} must be a whole number from ${low} to ${high}`);
}
