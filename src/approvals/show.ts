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

/** Characters of one value, and of all together, that a form shows. */
const VALUE_UNITS = 400;
const FORM_UNITS = 4_000;
const NAME_UNITS = 100;

/** The arguments of a call as they are shown and kept; `withhold` takes out the server's own secrets. */
export function describeArguments(sent: unknown, read: unknown, withhold: (text: string) => string): Arguments {
  const asSent = canonicalJson(sent);
  const asRead = plainJson(read);
  const shown = withhold(asSent);
  return asRead === undefined || asRead === asSent ? { sent: shown } : { sent: shown, read: withhold(asRead) };
}

/** Canonical JSON of a value that an author's schema made; `undefined` where JSON cannot hold it. */
function plainJson(value: unknown): string | undefined {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : canonicalJson(JSON.parse(text));
  } catch {
    return undefined;
  }
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

/** The lines of a form: a value that is too long for it is cut, with its length and digest. */
export function formLines(args: Arguments): readonly string[] {
  const lines: string[] = [];
  let left = FORM_UNITS;
  const all = listArguments(args.read ?? args.sent);
  for (const [index, { name, text }] of all.entries()) {
    const line = `  ${cut(name, NAME_UNITS)}: ${cut(text, Math.max(40, Math.min(VALUE_UNITS, left)))}`;
    left -= line.length;
    if (left < 0) {
      lines.push(`  ... and ${all.length - index} more, digest of all ${digest(args.sent)}`);
      break;
    }
    lines.push(line);
  }
  return lines.length === 0 ? ['  (none)'] : lines;
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
