import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { listSegments, type Segment } from './layout.ts';
import { parseRecord, type AuditRecord } from './parse-record.ts';
import { LONGEST_LINE } from './scan.ts';
import { quote } from './serialise.ts';

/** What to read of a log. */
export interface ReadOptions {
  /** Zero-based index of the first record to give; 0 unless told. */
  readonly from?: number;
  /** Wait for more at the end, until `signal` is aborted. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  readonly filter?: (record: AuditRecord) => boolean;
}

/** How often the end of the log is looked at, in milliseconds. */
const POLL = 200;
const CHUNK = 65_536;

/** Gives the complete lines of an open segment beyond `position`, with the position after the last. */
async function* newLines(file: FileHandle, position: number): AsyncGenerator<{ line: string; end: number }> {
  let held = '';
  let end = position;
  let at = position;
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const lines = (held + buffer.toString('latin1', 0, bytesRead)).split('\n');
    held = lines.pop() ?? '';
    if (held.length > LONGEST_LINE) throw new Error('a line of the log is longer than any record');
    for (const line of lines) {
      end += line.length + 1;
      yield { line, end };
    }
  }
}

/** The segment after one, or the one in which record `from` lies. */
function nextSegment(directory: string, current: Segment | undefined, from: number): Segment | undefined {
  const segments = listSegments(directory);
  if (current !== undefined) return segments.find((segment) => segment.first > current.first);
  return segments.findLast((segment) => segment.first <= from) ?? segments[0];
}

async function waited(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await pause(POLL, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads records in order. What it gives is what is written there: verify the log to know that it is what was recorded.
 *
 * @throws Error that names file and line when a line is not a record.
 */
export async function* readLog(directory: string, options: ReadOptions = {}): AsyncGenerator<AuditRecord> {
  const { from = 0, follow = false, signal, filter } = options;
  let segment: Segment | undefined;
  for (;;) {
    const next = nextSegment(directory, segment, from);
    if (next === undefined) {
      if (!follow || !(await waited(signal))) return;
      continue;
    }
    segment = next;
    await using file = await open(segment.path, 'r');
    let position = 0;
    let number = 0;
    for (;;) {
      // Looked up before reading: a segment that has a successor gets no more lines.
      const closed = nextSegment(directory, segment, from) !== undefined;
      for await (const { line, end } of newLines(file, position)) {
        position = end;
        number++;
        if (signal?.aborted === true) return;
        const record = parseRecord(line);
        if (record === undefined) throw new Error(`${segment.path} line ${number} is not a record`);
        if (record.index >= from && (filter === undefined || filter(record))) yield record;
      }
      if (closed) break;
      if (!follow || !(await waited(signal))) return;
    }
  }
}

const PLAIN = /^[!#-~]+$/;
/** A value as one word: escaped unless it is printable ASCII without spaces or quotation marks. */
const word = (value: string): string => (PLAIN.test(value) ? value : quote(value));

/** One line for a person: time, index, kind, decision, method, target, then the rest by name. Safe for a terminal. */
export function formatRecord(record: AuditRecord): string {
  const { index, prev: _prev, time, kind, decision = '-', method = '-', target = '-', ...rest } = record;
  const when = Number.isFinite(new Date(time).getTime()) ? new Date(time).toISOString() : String(time);
  const head = [
    when,
    `#${index}`.padStart(9),
    kind.padEnd(11),
    word(decision).padEnd(18),
    word(method).padEnd(16),
    word(target).padEnd(20),
  ];
  const tail = Object.entries(rest).map(([name, value]) => {
    const text: unknown = Array.isArray(value) ? value.join(' ') : value;
    return `${word(name)}=${word(String(text))}`;
  });
  return [...head, ...tail].join(' ').trimEnd();
}
