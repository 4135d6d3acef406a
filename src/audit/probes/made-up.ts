import type { JsonObject } from '../../protocol/json.ts';

/** Values of one call that look like the name of an object, and the same call with others of their form. */
export interface MadeUp {
  readonly params: JsonObject;
  /** The values that were replaced, and those that stand for them. */
  readonly named: readonly string[];
}

/** Makes up another text of the same form: other digits, or other letters where there is none. */
export function madeUpText(text: string): string {
  if (/\d/.test(text)) return text.replaceAll(/\d/g, (digit) => (digit === '7' ? '3' : '7'));
  return text.replaceAll(/[a-z]/gi, (letter) => nextLetter(letter));
}

function nextLetter(letter: string): string {
  const base = letter >= 'a' ? 97 : 65;
  return String.fromCharCode(base + ((letter.charCodeAt(0) - base + 1) % 26));
}

/** The same arguments with made-up values for those that hold a digit; undefined where none does. */
export function madeUpArguments(given: JsonObject): MadeUp | undefined {
  const named: string[] = [];
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((each: unknown) => change(each));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
    const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    if (!isNumber && !(typeof value === 'string' && /\d/.test(value))) return value;
    const other = madeUpText(String(value));
    named.push(String(value), other);
    return isNumber ? Number(other) : other;
  };
  const params = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, change(value)]));
  return named.length === 0 ? undefined : { params, named };
}

/** The same URI with a made-up end, before its extension where it has one. */
export function madeUpUri(uri: string): MadeUp {
  const [, start = '', end = '', extension = ''] = /^(.*[/:=])?([^/:=]*?)(\.[a-z]{1,5})?$/is.exec(uri) ?? [];
  const other = `${start}${madeUpText(end)}${extension}`;
  return { params: { uri: other }, named: [uri, other, end, madeUpText(end)] };
}
