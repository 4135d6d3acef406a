import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** One line of a segment. `bytes` is a view that holds until the next line is asked for. */
export interface Line {
  /** Without the newline. */
  readonly bytes: Buffer;
  /** Leaf hash (RFC 6962 section 2.1), base64url. */
  readonly leaf: string;
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  /** One-based. */
  readonly number: number;
  /** Whether a newline ends it: a record is complete only then. */
  readonly complete: boolean;
}

/** What a record says of its place. */
export interface Place {
  readonly index: number;
  /** Leaf hash of the record before, base64url. */
  readonly prev: string;
}

/** Longer than any line that the serialiser can give. */
export const LONGEST_LINE = 262_144;

const PLACE = /^\{"index":(0|[1-9][0-9]{0,14}),"prev":"([A-Za-z0-9_-]{43})","time":/;

/** Reads the place of a record from its line, or undefined when the line does not begin and end as a record does. */
export function placeOf(bytes: Buffer): Place | undefined {
  if (bytes[bytes.length - 1] !== 0x7d) return undefined;
  const [, index, prev] = PLACE.exec(bytes.toString('latin1', 0, 96)) ?? [];
  return index === undefined || prev === undefined ? undefined : { index: Number(index), prev };
}

/** Reads a segment line by line in bounded memory. A line that is too long is cut, so its hash cannot fit. */
export function* scanLines(path: string): Generator<Line, void, undefined> {
  // One byte before the text takes the 0x00 of the leaf hash, so that nothing is copied to be hashed.
  const buffer = Buffer.allocUnsafe(1 + LONGEST_LINE);
  const fd = openSync(path, 'r');
  let offset = 0;
  let number = 0;
  let held = 0;
  let skipping = false;

  const lineAt = (start: number, end: number, complete: boolean): Line => {
    buffer[start - 1] = 0;
    const leaf = hash('sha256', buffer.subarray(start - 1, end), 'base64url');
    return { bytes: buffer.subarray(start, end), leaf, offset, number: ++number, complete };
  };

  try {
    for (;;) {
      const got = readSync(fd, buffer, 1 + held, LONGEST_LINE - held, null);
      const limit = 1 + held + got;
      let start = 1;
      for (let end = buffer.indexOf(10, start); end >= 0 && end < limit; end = buffer.indexOf(10, start)) {
        if (!skipping) yield lineAt(start, end, true);
        skipping = false;
        offset += end + 1 - start;
        start = end + 1;
      }
      held = limit - start;
      if (got === 0) break;
      if (held === LONGEST_LINE) {
        if (!skipping) yield lineAt(1, limit, true);
        skipping = true;
        offset += held;
        held = 0;
      } else {
        buffer.copyWithin(1, start, limit);
      }
    }
    if (held > 0 && !skipping) yield lineAt(1, 1 + held, false);
  } finally {
    closeSync(fd);
  }
}
