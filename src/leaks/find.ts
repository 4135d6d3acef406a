import type { LeakActions } from '../pipeline/leaks.ts';
import { CREDENTIALS } from './credentials.ts';
import type { Detector, Leak } from './detector.ts';
import { PERSONAL } from './personal.ts';

/** Finds what a policy looks for. */
export interface Finder {
  /** Whether a text may hold anything: cheap, and never wrong in saying no. */
  mayHold(text: string): boolean;
  /** What it holds, first to last, no two overlapping. */
  find(text: string): readonly Leak[];
}

/** Every credential but keys in PEM, and passwords in URLs, has a run of so many of these characters. */
const RUN = 16;
const TOKEN = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+=') {
  TOKEN[character.charCodeAt(0)] = 1;
}

/** The starts of credentials, in one expression of fixed lengths: no text makes it go back. */
const STARTS = new RegExp(
  CREDENTIALS.filter(({ trigger }) => trigger !== '-----BEGIN' && trigger !== '://')
    .map(({ trigger }) => (typeof trigger === 'string' ? trigger.replaceAll('.', '\\.') : trigger.source))
    .join('|'),
);

/**
 * Whether a text may hold a credential. Only each sixteenth character is looked at where words are short, so that
 * ordinary text costs a fraction of being read.
 */
function mayHoldCredential(text: string): boolean {
  const { length } = text;
  for (let at = RUN - 1; at < length; ) {
    if (!isToken(text.charCodeAt(at))) {
      at += RUN;
      continue;
    }
    let start = at;
    while (start > 0 && isToken(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < length && isToken(text.charCodeAt(end))) end += 1;
    if (end - start >= RUN && STARTS.test(text.slice(start, end))) return true;
    at = end + RUN;
  }
  return text.includes('-----BEGIN') || mayHoldPassword(text);
}

function isToken(code: number): boolean {
  return code < 128 && TOKEN[code] === 1;
}

/** How far behind `://` an `@` can belong to it. */
const FARTHEST = 600;
const [SPACE, QUOTE, SLASH, COLON, AT] = [0x20, 0x22, 0x2f, 0x3a, 0x40];

/** Whether some URL has a colon and then an `@` before its path. Looks at each character once. */
function mayHoldPassword(text: string): boolean {
  for (let found = text.indexOf('://'); found !== -1; found = text.indexOf('://', found + 3)) {
    const stop = Math.min(text.length, found + FARTHEST);
    for (let at = found + 3, hasColon = false; at < stop; at++) {
      const code = text.charCodeAt(at);
      if (code === COLON) hasColon = true;
      else if (code === AT && hasColon) return true;
      else if (code === AT || code <= SPACE || code === SLASH || code === QUOTE) break;
    }
  }
  return false;
}

/** Makes what finds the classes that are not allowed. */
export function createFinder(actions: LeakActions): Finder {
  const detectors = [...CREDENTIALS, ...PERSONAL].filter(({ kind }) => actions[kind] !== 'allow');
  const personal = detectors.filter(({ kind }) => kind !== 'credentials');
  const hasCredentials = actions.credentials !== 'allow';
  return {
    mayHold: (text) => (hasCredentials && mayHoldCredential(text)) || personal.some((one) => isTriggered(one, text)),
    find: (text) => disjoint(detectors.flatMap((one) => one.find(text))),
  };
}

function isTriggered({ trigger }: Detector, text: string): boolean {
  return typeof trigger === 'string' ? text.includes(trigger) : trigger.test(text);
}

function disjoint(leaks: readonly Leak[]): readonly Leak[] {
  if (leaks.length < 2) return leaks;
  const kept: Leak[] = [];
  let end = 0;
  for (const leak of leaks.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    if (leak.start < end) continue;
    kept.push(leak);
    end = leak.end;
  }
  return kept;
}
