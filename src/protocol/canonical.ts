import { isObject } from './json.ts';

/**
 * The text of a JSON value with the keys of every object in order of their UTF-16 units, as RFC 8785 orders them: equal
 * values have equal texts, however a client wrote them.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort();
  let text = '{';
  for (const key of keys) {
    if (value[key] === undefined) continue;
    text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value[key])}`;
  }
  return `${text}}`;
}
