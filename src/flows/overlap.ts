import { fold } from './fold.ts';
import { readingsOf } from './readings.ts';
import { GRAM, Trace, type Run } from './trace.ts';

/** A piece of private text that is too short to say anything by itself. */
export interface Piece {
  /** The folded text; it is not kept. */
  readonly text: string;
}

/** What arguments have of what the task has read in private. */
export interface Overlap {
  /** Why it counts, for the person and the record; undefined where it does not. */
  readonly why: string | undefined;
  /** Pieces that count together with those of other calls. */
  readonly pieces: readonly Piece[];
}

/** Letters and digits in a row that count by themselves: some five words. */
const COPIED = 24;
/** As many, where they were encoded: nobody does that by chance. */
const ENCODED = 16;
/** As many, where the call only keeps them: notes quote. */
const KEPT = 64;
/** As many, where five of them are digits: an account, a card, a telephone number. */
const NUMBER = 9;
/** As many, for a piece; fewer where it is the whole of an argument. */
const PIECE = 10;
const WHOLE_PIECE = 6;
/** Letters and digits of all pieces of a task that count together. */
export const PIECES: number = 40;

const DATE = /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g;
const EMAIL = /[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;

/** What a private result leaves in a trace; what its caller had said before is left out. */
export function remember(trace: Trace, leaves: readonly string[], said: readonly string[], empty: () => Trace): void {
  const known = empty();
  known.add(foldAll(said));
  trace.add(foldAll(leaves), known);
  for (const leaf of leaves) {
    if (leaf.length < 64 || !/^[\w+/=\s-]+$/.test(leaf)) continue;
    // A file that came as base64 is sent on as text as well.
    trace.add(fold(Buffer.from(leaf, 'base64').toString('utf8')), known);
  }
}

/** Dates are everybody's: they say nothing of where a text comes from. */
function foldAll(leaves: readonly string[]): string {
  return leaves.map((leaf) => fold(leaf.replaceAll(DATE, ' '))).join('');
}

/** Compares arguments, by themselves, put together and in every disguise, with what a trace holds. */
export function compare(trace: Trace, leaves: readonly string[], outside: boolean): Overlap {
  if (trace.full) return { why: 'this task has read more than can be told apart', pieces: [] };
  const pieces = new Map<string, Piece>();
  const joined = leaves.join(outside ? '' : ' ');
  const { readings, cut } = readingsOf(joined);
  for (const { text, by } of readings) {
    const folded = fold(by.length === 0 ? text.replaceAll(DATE, ' ') : text);
    const runs = trace.find(folded, WHOLE_PIECE);
    const least = by.length > 0 ? ENCODED : outside ? COPIED : KEPT;
    if (runs.some(({ length }) => length >= least)) return { why: describe(by), pieces: [] };
    if (!outside) continue;
    if (runs.some((run) => isNumber(folded, run))) return { why: describe(by), pieces: [] };
    for (const { from, length } of runs) if (length >= PIECE) addPiece(pieces, folded.slice(from, from + length));
  }
  if (outside) {
    for (const address of joined.match(EMAIL) ?? [])
      if (isWhole(trace, fold(address))) return { why: describe([]), pieces: [] };
    for (const leaf of leaves) wholePieces(trace, leaf, pieces);
  }
  if (cut) return { why: 'the arguments are too long to be compared with what this task has read', pieces: [] };
  const all = [...pieces.values()];
  return { why: lengthOf(all) >= PIECES ? describe(['pieces']) : undefined, pieces: all };
}

/** An argument that is nothing but private text counts from fewer letters on, in any disguise. */
function wholePieces(trace: Trace, leaf: string, pieces: Map<string, Piece>): void {
  if (leaf.length > 256) return;
  for (const { text } of readingsOf(leaf).readings) {
    const folded = fold(text);
    if (folded.length >= WHOLE_PIECE && isWhole(trace, folded)) addPiece(pieces, folded);
  }
}

function isWhole(trace: Trace, folded: string): boolean {
  return folded.length >= GRAM && trace.find(folded, folded.length).length > 0;
}

function isNumber(folded: string, { from, length }: Run): boolean {
  if (length < NUMBER) return false;
  return (folded.slice(from, from + length).match(/\p{N}/gu) ?? []).length >= 5;
}

/** A piece of a piece counts once. */
function addPiece(pieces: Map<string, Piece>, text: string): void {
  for (const known of pieces.keys()) {
    if (known.includes(text)) return;
    if (text.includes(known)) pieces.delete(known);
  }
  pieces.set(text, { text });
}

/** Letters and digits of some pieces together. */
export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + text.length, 0);
}

/** What was found, in words that hold nothing of it. */
export function describe(by: readonly string[]): string {
  const how = by.length === 0 ? '' : ` (${by.join(', ')})`;
  return `the arguments repeat what this task has read in private${how}`;
}
