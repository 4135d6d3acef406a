import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { newestCheckpoint, readFrontier } from './checkpoint-files.ts';
import type { Checkpoint } from './checkpoint.ts';
import { LogDamage } from './damage.ts';
import { listSegments, type Segment } from './layout.ts';
import type { Verifier } from './note.ts';
import { LONGEST_LINE, placeOf, scanLines, type Line } from './scan.ts';
import { createFrontier, EMPTY_TREE, leafHash, type Frontier } from './tree.ts';

/** Where writing goes on. */
export interface Recovered {
  /** Complete records. */
  readonly size: number;
  /** Leaf hash of the last record, base64url. */
  readonly prev: string;
  readonly frontier: Frontier;
  /** The newest segment and how many of its bytes are complete records; undefined for a new log. */
  readonly segment: Segment | undefined;
  readonly bytes: number;
  /** What a crash left behind those bytes, said in words; undefined when nothing. */
  readonly torn: string | undefined;
  /** Records that a checkpoint signs. */
  readonly signed: number;
}

/** Leaf hash of the last line of a closed segment. */
function lastLeaf(segment: Segment): string {
  const fd = openSync(segment.path, 'r');
  try {
    const size = fstatSync(fd).size;
    const tail = Buffer.alloc(Math.min(size, LONGEST_LINE + 1));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    if (tail.at(-1) !== 10)
      throw new LogDamage({ segment: segment.name, line: 0, index: segment.first }, 'its last line is cut');
    const line = tail.subarray(tail.lastIndexOf(10, tail.length - 2) + 1, tail.length - 1);
    return leafHash(line).toString('base64url');
  } finally {
    closeSync(fd);
  }
}

interface Start {
  readonly segments: readonly Segment[];
  readonly frontier: Frontier;
  readonly prev: string;
}

/** Begins at the newest segment when the tree up to it is known and signed, else at the first record. */
function whereToStart(directory: string, segments: readonly Segment[], verifier: Verifier, all: boolean): Start {
  const [before, newest] = [segments.at(-2), segments.at(-1)];
  if (!all && newest !== undefined && before !== undefined) {
    const frontier = readFrontier(directory, newest.first, verifier);
    if (frontier !== undefined) return { segments: [newest], frontier, prev: lastLeaf(before) };
  }
  return { segments, frontier: createFrontier(), prev: EMPTY_TREE };
}

/** What is wrong with a line that must be record `index` after `prev`; undefined when nothing. */
function fault(line: Line, index: number, prev: string): string | undefined {
  const place = placeOf(line.bytes);
  if (!line.complete) return 'the record is cut short';
  if (place === undefined) return 'the line is not a record';
  if (place.index !== index) return `the record says that it is number ${place.index}`;
  if (place.prev !== prev) return 'the record does not follow from the one before it';
  return undefined;
}

/** Whether a line is what a power cut leaves: no newline, or bytes of a block that never reached the disk. */
const unfinished = (line: Line): boolean => !line.complete || line.bytes.includes(0);

function compare(checkpoint: Checkpoint, frontier: Frontier, segment: Segment, line: number): void {
  if (frontier.root().equals(checkpoint.root)) return;
  const place = { segment: segment.name, line, index: frontier.size - 1 };
  throw new LogDamage(
    place,
    `the records up to here are not those that the checkpoint of size ${checkpoint.size} signs`,
  );
}

/**
 * Reads the end of a log and checks it against its newest checkpoint: the newest segment, or every record with `all`.
 *
 * @throws LogDamage when a complete record is not what it was, or when signed records are missing.
 */
export function recover(directory: string, verifier: Verifier, all: boolean): Recovered {
  const segments = listSegments(directory);
  const checkpoint = newestCheckpoint(directory, verifier);
  if (checkpoint === undefined && segments.length > 0) {
    throw new Error(`${directory} holds records but no checkpoint: it was removed, or this is not an audit log`);
  }
  const signed = checkpoint?.size ?? 0;
  const start = whereToStart(directory, segments, verifier, all);
  const { frontier } = start;
  let { prev } = start;
  let bytes = 0;
  let torn: string | undefined;
  for (const segment of start.segments) {
    if (segment.first !== frontier.size || torn !== undefined) {
      const place = { segment: segment.name, line: 1, index: segment.first };
      throw new LogDamage(place, `the segment before it ends at record ${frontier.size}`);
    }
    bytes = 0;
    if (checkpoint !== undefined && frontier.size === signed) compare(checkpoint, frontier, segment, 0);
    for (const line of scanLines(segment.path)) {
      if (frontier.size >= signed && unfinished(line)) {
        torn = `${segment.name} line ${line.number} was not complete and was cut`;
        break;
      }
      const wrong = fault(line, frontier.size, prev);
      if (wrong !== undefined)
        throw new LogDamage({ segment: segment.name, line: line.number, index: frontier.size }, wrong);
      frontier.add(line.leaf);
      prev = line.leaf;
      bytes = line.offset + line.bytes.length + 1;
      if (checkpoint !== undefined && frontier.size === signed) compare(checkpoint, frontier, segment, line.number);
    }
  }
  const segment = segments.at(-1);
  if (frontier.size < signed) {
    const place = { segment: segment?.name ?? 'no segment', line: 0, index: frontier.size };
    throw new LogDamage(place, `the log ends here, but a checkpoint signs ${signed} records`);
  }
  return { size: frontier.size, prev, frontier, segment, bytes, torn, signed };
}
