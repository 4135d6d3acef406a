import type { JsonObject } from '../protocol/json.ts';
import { scanText } from './scan.ts';

/** What was found in what is written by others, while it is in use. */
export interface ContentFindings {
  /** Ids of the rules, sorted. */
  readonly rules: readonly string[];
  /** UTF-16 units that were not looked at, at least. */
  readonly unscanned: number;
}

/** UTF-16 units of one message that are looked at: the beginning and the end of what is longer. */
const MOST_UNITS = 16_384;
const TAIL_UNITS = 4_096;
const DEEPEST = 64;
/** Members of a message that are looked at: a handler's value may refer to itself. */
const MOST_MEMBERS = 100_000;

/**
 * Rules that mean something in a page, a ticket or a file. Those about markup, addresses, commands and paths fire on what honest
 * texts are full of; markup is broken in any case, and what leaves is looked through on its own.
 */
const RULES: ReadonlySet<string> = new Set([
  'hidden-characters',
  'control-tokens',
  'catching-address',
  'override',
  'secrecy',
  'persona',
  'tool-steering',
  'credential-bait',
  'exfiltration',
  'consent-bypass',
  'prompt-leak',
  'encoded-instructions',
]);

/** Base64 that is long enough to be data: what is called data and is none is a text. */
const ENCODED = /^[A-Za-z0-9+/]{128,}={0,2}$/;
/** Types of what a client decodes, and a model reads. */
const TEXTUAL = /^text\/|json|xml|javascript|yaml/i;

/**
 * Looks through every text of a value, keys included, for orders to a model: encoded ones as well. At most 16 384 units of it, the
 * last 4 096 among them, so that its time is bounded whatever a stranger sends: a few milliseconds.
 */
export function scanContent(value: unknown): ContentFindings {
  const texts: string[] = [];
  const skipped = gather(value, texts);
  const whole = texts.join('\n');
  const isLong = whole.length > MOST_UNITS;
  const parts = isLong ? [whole.slice(0, MOST_UNITS - TAIL_UNITS), whole.slice(-TAIL_UNITS)] : [whole];
  const found = parts.flatMap((part) => scanText(part, { only: RULES }));
  return {
    rules: [...new Set(found.map(({ rule }) => rule))].toSorted(),
    unscanned: skipped + (isLong ? whole.length - MOST_UNITS : 0),
  };
}

/** Gathers every text of a value; gives how many members of it were left out, because they are too many or too deep. */
function gather(value: unknown, texts: string[]): number {
  let members = 0;
  let skipped = 0;
  const visit = (each: unknown, depth: number): void => {
    if (typeof each === 'string') return void texts.push(each);
    if (typeof each !== 'object' || each === null) return;
    if (depth > DEEPEST || members >= MOST_MEMBERS) return void (skipped += 1);
    const entries: readonly (readonly [string, unknown])[] = Object.entries(each);
    const isList = Array.isArray(each);
    for (const [key, member] of entries) {
      if (++members > MOST_MEMBERS) return void (skipped += 1);
      if (!isList) texts.push(key);
      if (isList || !isBinary(each as JsonObject, key, member)) visit(member, depth + 1);
    }
  };
  visit(value, 0);
  return skipped;
}

/** A picture, a sound, or bytes of a type that is no text: its type was checked, and its letters say nothing. */
function isBinary({ type, mimeType }: JsonObject, key: string, member: unknown): boolean {
  if (typeof member !== 'string' || !ENCODED.test(member)) return false;
  if (key === 'data') return type === 'image' || type === 'audio';
  return key === 'blob' && !(typeof mimeType === 'string' && TEXTUAL.test(mimeType));
}
