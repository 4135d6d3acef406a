import { isUtf8 } from 'node:buffer';
import { endOfString, parseEscapedKeys } from './escaped-keys.ts';

/** A JSON object as a peer sent it. */
export type JsonObject = { readonly [key: string]: unknown };

/** Bounds on one message; sizes count UTF-16 units, depth counts nested containers. */
export interface JsonLimits {
  readonly depth: number;
  readonly string: number;
  readonly items: number;
  readonly keys: number;
}

/** Why a text was refused; safe to log. */
export interface JsonProblem {
  readonly problem: string;
}

interface Walk {
  keys: number;
  readonly limits: JsonLimits;
  readonly checkSurrogates: boolean;
}

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses one JSON text strictly: valid UTF-8 without a byte-order mark, bounded, no duplicate key (RFC 8259 section 4
 * leaves their meaning open, so two parsers may disagree), no `__proto__` key, no lone surrogate, no infinite number.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): { readonly value: unknown } | JsonProblem {
  if (!isUtf8(bytes)) return { problem: 'not valid UTF-8' };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return parseJsonText(text, limits);
}

/** As {@link parseJson}, for text that is known to be well-formed Unicode apart from escapes. */
export function parseJsonText(text: string, limits: JsonLimits): { readonly value: unknown } | JsonProblem {
  const scan = scanText(text, limits.depth);
  if (scan === undefined) return { problem: `nested deeper than ${limits.depth}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'not valid JSON' };
  }
  if (scan.escapedKey) {
    const decoded = parseEscapedKeys(text);
    if (decoded === undefined) return { problem: 'duplicate key' };
    value = decoded.value;
  }
  const walk: Walk = { keys: 0, limits, checkSurrogates: text.includes('\\u') };
  const problem = inspect(value, walk);
  if (problem !== undefined) return { problem };
  // INVARIANT: JSON.parse keeps one of two equal keys, so the text has more separators than the value has keys.
  if (scan.separators !== walk.keys) return { problem: 'duplicate key' };
  return { value };
}

function inspect(value: unknown, walk: Walk): string | undefined {
  if (typeof value === 'string') return inspectString(value, walk);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'number out of range';
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    if (value.length > walk.limits.items) return `more than ${walk.limits.items} items`;
    for (const item of value) {
      const problem = inspect(item, walk);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  return inspectObject(value as JsonObject, walk);
}

function inspectString(value: string, walk: Walk): string | undefined {
  if (value.length > walk.limits.string) return `string longer than ${walk.limits.string}`;
  if (walk.checkSurrogates && !value.isWellFormed()) return 'lone surrogate';
  return undefined;
}

function inspectObject(value: JsonObject, walk: Walk): string | undefined {
  const keys = Object.keys(value);
  walk.keys += keys.length;
  if (walk.keys > walk.limits.keys) return `more than ${walk.limits.keys} keys`;
  for (const key of keys) {
    const child = value[key];
    if (key === '__proto__') return 'prototype key';
    if (key === 'constructor' && isObject(child) && Object.hasOwn(child, 'prototype')) return 'prototype key';
    const problem = inspectString(key, walk) ?? inspect(child, walk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface Scan {
  /** How many `:` stand outside of strings. */
  separators: number;
  /** Whether a key holds an escape. */
  escapedKey: boolean;
}

/** What the native parser does not tell; `undefined` for a text nested deeper than `depth`, which it must not see. */
function scanText(text: string, depth: number): Scan | undefined {
  const scan: Scan = { separators: 0, escapedKey: false };
  const hasEscapes = text.includes('\\');
  let open = 0;
  let start = 0;
  let end = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      start = i;
      i = end = endOfString(text, i);
    } else if (c === 0x3a) {
      scan.separators++;
      if (hasEscapes && text.slice(start, end).includes('\\')) scan.escapedKey = true;
    } else if (c === 0x7b || c === 0x5b) {
      if (++open > depth) return undefined;
    } else if (c === 0x7d || c === 0x5d) open--;
  }
  return scan;
}
