import { RE2JS } from 're2js';

/** A compiled pattern that matches in time linear in the text. */
export interface LinearPattern {
  test(text: string): boolean;
  /** Unique per pattern: ajv shares one compiled expression between patterns whose engines print alike. */
  toString(): string;
}

/** What can be read from a pattern without running it. */
export interface PatternFacts {
  /** Longest text that matches, in code points; Infinity when unbounded or unknown. */
  readonly maxLength: number;
  /** No groups, no alternatives, anchored at the start, at most one quantifier that varies: no backtracking trap. */
  readonly simple: boolean;
}

const MAX_PATTERN = 2000;
const MAX_CACHED = 2000;
const cache = new Map<string, LinearPattern>();
let serial = 0;

/**
 * Compiles a JSON Schema `pattern` (ECMA-262) for a linear-time engine.
 * @throws TypeError when it is not a regular expression, or uses look-around, back-references or other syntax that a
 * linear engine cannot run.
 */
export function compilePattern(source: string): LinearPattern {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const made = build(source);
  // Schemas of peers choose the patterns, so the cache is dropped rather than grown without end.
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(source, made);
  return made;
}

function build(source: string): LinearPattern {
  if (source.length > MAX_PATTERN) throw new TypeError(`a pattern may have ${MAX_PATTERN} characters`);
  const native = parseNative(source);
  const id = `pattern-${++serial}`;
  if (native !== undefined && patternFacts(source).simple) {
    return Object.freeze({ test: (text: string) => native.test(text), toString: () => id });
  }
  const re2 = RE2JS.compile(toRe2(source));
  return Object.freeze({ test: (text: string) => re2.test(text), toString: () => id });
}

/** The native expression in Unicode mode, or undefined when it is only valid without (an escaped `-`, say). */
function parseNative(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u');
  } catch {
    // RE2-only syntax such as (?i) is refused: ECMA-262 gives it no meaning.
    if (!isPattern(source)) throw new TypeError('not a regular expression');
    return undefined;
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, '') instanceof RegExp;
  } catch {
    return false;
  }
}

/** Escapes that mean the same in ECMA-262 and after translation; others (`\Q`, `\z`, `\k`) would change meaning. */
const SAFE_ESCAPES = new Set('dDwWsSbBnrtfv0xucpP');

function toRe2(source: string): string {
  if (source.includes('[[:')) throw new TypeError('a pattern may not use [[:class:]]');
  for (let i = 0; i < source.length - 1; i++) {
    if (source[i] !== '\\') continue;
    const next = source[++i] ?? '';
    if (/[A-Za-z0-9]/.test(next) && !SAFE_ESCAPES.has(next)) {
      throw new TypeError(`a pattern may not use \\${next}`);
    }
  }
  return RE2JS.translateRegExp(source.replaceAll(/\\([pP])\{(?:Script|sc|General_Category|gc)=/g, '\\$1{'));
}

/** Reads bounds off a pattern in one pass; anything that it does not understand counts as unbounded and not simple. */
export function patternFacts(source: string): PatternFacts {
  const unknown: PatternFacts = { maxLength: Infinity, simple: false };
  if (!source.startsWith('^')) return unknown;
  const escapes = /\\*\$$/.exec(source)?.[0].length ?? 0;
  const anchored = escapes % 2 === 1;
  const end = anchored ? source.length - 1 : source.length;
  let total = 0;
  let varying = 0;
  for (let i = 1; i < end; ) {
    const atom = atomEnd(source, i, end);
    if (atom === -1) return unknown;
    const { next, min, max } = quantifier(source, atom, end);
    if (min !== max) varying++;
    total += max;
    i = next;
  }
  return { maxLength: anchored ? total : Infinity, simple: varying <= 1 };
}

/** Index after the one-character atom at `i`, or -1 when something else stands there. */
function atomEnd(source: string, i: number, end: number): number {
  const char = source[i] ?? '';
  if ('()|^$*+?{}]'.includes(char)) return -1;
  if (char === '\\') {
    const next = source[i + 1] ?? '';
    return i + 1 < end && (/[dDwWsS]/.test(next) || /[^A-Za-z0-9]/.test(next)) ? i + 2 : -1;
  }
  if (char !== '[') return i + 1;
  for (let j = i + 1; j < end; j++) {
    if (source[j] === '\\') j++;
    else if (source[j] === ']') return j + 1;
  }
  return -1;
}

function quantifier(source: string, i: number, end: number): { next: number; min: number; max: number } {
  let next = i;
  let min = 1;
  let max = 1;
  const char = i < end ? source[i] : '';
  if (char === '*' || char === '+' || char === '?') {
    next = i + 1;
    min = char === '+' ? 1 : 0;
    max = char === '?' ? 1 : Infinity;
  } else if (char === '{') {
    const braces = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(source.slice(i, end));
    if (braces !== null) {
      next = i + braces[0].length;
      min = Number(braces[1]);
      max = braces[2] === undefined ? min : braces[3] === '' ? Infinity : Number(braces[3]);
    }
  }
  // A lazy quantifier bounds alike.
  if (next > i && next < end && source[next] === '?') next++;
  return { next, min, max };
}
