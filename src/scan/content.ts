import { isObject } from '../protocol/json.ts';
import { scanText } from './scan.ts';

/** What was found in what is written by others, while it is in use. */
export interface ContentFindings {
  /** Ids of the rules, sorted. */
  readonly rules: readonly string[];
  /** UTF-16 units that were not looked at. */
  readonly unscanned: number;
}

/** UTF-16 units of one message that are looked at: the beginning and the end of what is longer. */
const MOST_UNITS = 16_384;
const TAIL_UNITS = 4_096;
const DEEPEST = 64;

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

/** Binary data as base64: its type was checked, and its letters say nothing. */
const BINARY: ReadonlySet<string> = new Set(['data', 'blob']);

/**
 * Looks through every text of a value, keys included, for orders to a model: encoded ones as well. At most 16 384 units of it, the
 * last 4 096 among them, so that its time is bounded whatever a stranger sends: a few milliseconds.
 */
export function scanContent(value: unknown): ContentFindings {
  const gathered: string[] = [];
  gather(value, 0, (text) => gathered.push(text));
  const whole = gathered.join('\n');
  const isLong = whole.length > MOST_UNITS;
  const parts = isLong ? [whole.slice(0, MOST_UNITS - TAIL_UNITS), whole.slice(-TAIL_UNITS)] : [whole];
  const found = parts.flatMap((part) => scanText(part, { only: RULES }));
  return {
    rules: [...new Set(found.map(({ rule }) => rule))].toSorted(),
    unscanned: isLong ? whole.length - MOST_UNITS : 0,
  };
}

function gather(value: unknown, depth: number, take: (text: string) => void): void {
  if (typeof value === 'string') return take(value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return;
  if (Array.isArray(value)) return value.forEach((item) => gather(item, depth + 1, take));
  if (!isObject(value)) return;
  const isMedia = value['type'] === 'image' || value['type'] === 'audio' || typeof value['blob'] === 'string';
  for (const [key, member] of Object.entries(value)) {
    if (isMedia && BINARY.has(key)) continue;
    take(key);
    gather(member, depth + 1, take);
  }
}
