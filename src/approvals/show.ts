import { hash } from 'node:crypto';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject } from '../protocol/json.ts';
import { reveal } from '../text/neutralise.ts';
import type { Arguments } from './approval.ts';

/** One argument, ready to be read: its JSON on one line, with everything hidden shown as an escape. */
export interface Shown {
  readonly name: string;
  readonly text: string;
}

/** Characters of one value, the fewer the more there are, and of all together, that a form shows. */
const VALUE_UNITS = [400, 200, 100, 40];
const FORM_UNITS = 4_000;
const NAME_UNITS = 100;

/** The arguments of a call as they are shown and kept; `withhold` takes out the server's own secrets. */
export function describeArguments(sent: unknown, read: unknown, withhold: (text: string) => string): Arguments {
  const asSent = canonicalJson(sent);
  const asRead = readText(read);
  const shown = withhold(asSent);
  return asRead === undefined || asRead === asSent ? { sent: shown } : { sent: shown, read: withhold(asRead) };
}

/**
 * Canonical JSON of a value that an author's schema made, sets and maps as lists; `undefined` where JSON would leave
 * anything of it out.
 */
export function readText(value: unknown): string | undefined {
  try {
    const text = JSON.stringify(value, spelled);
    return text === undefined ? undefined : canonicalJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** INVARIANT: nothing that a handler gets is shown as empty because JSON has no word for it. */
function spelled(_name: string, value: unknown): unknown {
  if (value instanceof Set || value instanceof Map) return [...value];
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('no number of JSON');
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('no value of JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return value;
  throw new TypeError('an object of a class');
}

/** Each argument by name; what is no object is shown as one value. */
export function listArguments(text: string): readonly Shown[] {
  const value: unknown = parse(text);
  if (!isObject(value)) return [{ name: 'value', text: reveal(text) }];
  return Object.entries(value).map(([name, member]) => ({
    name: plainName(name),
    text: reveal(canonicalJson(member)),
  }));
}

/** INVARIANT: a name cannot end its line or pass for one of the template's: what is no plain word is quoted. */
function plainName(name: string): string {
  return /^[\w.$-]{1,100}$/.test(name) ? name : reveal(JSON.stringify(name));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The lines of a form: a value that is too long for it is cut, with its length and digest. Where there are many, all are
 * cut alike, so that no long one takes the place of another.
 */
export function formLines(args: Arguments): readonly string[] {
  const { lines, left } = fill(args);
  if (left > 0) return [...lines, `  ... and ${left} more, digest of all ${digest(args.read ?? args.sent)}`];
  return lines.length === 0 ? ['  (none)'] : lines;
}

/** Whether a form has a line for each argument. */
export function fitsForm(args: Arguments): boolean {
  return fill(args).left === 0;
}

/** Whether a form shows every argument to its end: what is dangerous can stand behind what is cut. */
export function isWholeInForm(args: Arguments): boolean {
  const [most = 0] = VALUE_UNITS;
  const isShort = listArguments(args.read ?? args.sent).every(
    ({ name, text }) => name.length <= NAME_UNITS && text.length <= most,
  );
  return isShort && fill(args).most === most;
}

interface Filled {
  readonly lines: readonly string[];
  /** Arguments for which there is no line. */
  readonly left: number;
  /** Characters of each value that are shown. */
  readonly most: number;
}

function fill(args: Arguments): Filled {
  const all = listArguments(args.read ?? args.sent);
  let lines: readonly string[] = [];
  for (const most of VALUE_UNITS) {
    lines = all.map(({ name, text }) => `  ${cut(name, NAME_UNITS)}: ${cut(text, most)}`);
    if (lines.reduce((sum, line) => sum + line.length, 0) <= FORM_UNITS) return { lines, left: 0, most };
  }
  let room = FORM_UNITS;
  const over = lines.findIndex((line) => (room -= line.length) < 0);
  return { lines: lines.slice(0, over), left: all.length - over, most: 0 };
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  // Not through the middle of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return `${text.slice(0, end)} ... [cut: ${text.length} characters, SHA-256 ${digest(text)}]`;
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url');
}
