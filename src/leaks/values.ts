import { isObject } from '../protocol/json.ts';
import type { Leak } from './detector.ts';

/** What is done with the texts of a value. */
export interface Texts {
  /** The text that may leave; tells `withheld` of each thing that may not leave in any form. */
  text(text: string, path: string): string;
  /** A number that may not leave as it is cannot be changed into one that may. */
  number(value: number, path: string): void;
}

/** Binary data as base64, in which patterns would find letters by chance. */
const BINARY: ReadonlySet<string> = new Set(['data', 'blob']);
/** Sealed by the host itself. */
const SEALED = 'requestState';

/**
 * Rebuilds a JSON value with its texts changed, keys included; gives the very value back where nothing changes.
 * @param path JSON pointer of the value, for what is told of it.
 */
export function changeTexts(value: unknown, texts: Texts, path = ''): unknown {
  if (typeof value === 'string') return texts.text(value, path);
  if (typeof value === 'number') {
    texts.number(value, path);
    return value;
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, at) => changeTexts(item, texts, `${path}/${at}`));
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  if (!isObject(value)) return value;
  let changed = false;
  const members = Object.entries(value).map(([key, member]) => {
    const name = texts.text(key, path);
    const skipped = BINARY.has(key)
      ? isBinary(value) && isEncoded(member)
      : key === SEALED && path === '' && value['resultType'] === 'input_required';
    const next = skipped ? member : changeTexts(member, texts, `${path}/${key}`);
    changed ||= name !== key || next !== member;
    return [name, next] as const;
  });
  return changed ? Object.fromEntries(members) : value;
}

function isBinary(value: { readonly [key: string]: unknown }): boolean {
  return value['type'] === 'image' || value['type'] === 'audio' || typeof value['blob'] === 'string';
}

/** Long enough to be data, and nothing but base64: a text that is called a blob is a text. */
function isEncoded(member: unknown): boolean {
  return typeof member === 'string' && /^[A-Za-z0-9+/]{128,}={0,2}$/.test(member);
}

/** Replaces what was found, from the last to the first. */
export function replaceLeaks(
  text: string,
  leaks: readonly Leak[],
  markOf: (leak: Leak, found: string) => string,
): string {
  let [out, kept] = ['', 0];
  for (const leak of leaks) {
    out += text.slice(kept, leak.start) + markOf(leak, text.slice(leak.start, leak.end));
    kept = leak.end;
  }
  return out + text.slice(kept);
}
