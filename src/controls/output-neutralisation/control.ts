import { isObject } from '../../protocol/json.ts';
import { hasHidden, neutralise } from '../../text/neutralise.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Gives the JSON text of a value in which no string hides anything. */
export type NeutralJson = (value: unknown) => string;

/** How JSON writes controls and lone surrogates; everything else stands in its text as it is. */
const ESCAPED = /\\[ubf]/;

/**
 * Takes invisible and control characters out of everything that is answered: tags, bidi overrides, zero-width text and
 * terminal escapes carry instructions that a person does not see.
 */
export function configure(settings: Settings): NeutralJson {
  if (!isOn(settings, 'output-neutralisation')) return (value) => JSON.stringify(value);
  return function neutralJson(value: unknown): string {
    const json = JSON.stringify(value);
    if (!ESCAPED.test(json) && (isPlain(json) || !hasHidden(json))) return json;
    return JSON.stringify(neutraliseDeep(value));
  };
}

/** Whether a JSON text is ASCII without DEL: what is below U+0020 JSON escapes. Cheaper than to look for what hides. */
function isPlain(json: string): boolean {
  return Buffer.byteLength(json) === json.length && !json.includes('\u007f');
}

function neutraliseDeep(value: unknown): unknown {
  if (typeof value === 'string') return neutralise(value);
  if (Array.isArray(value)) return value.map(neutraliseDeep);
  if (!isObject(value)) return value;
  const json = (value as { readonly toJSON?: unknown }).toJSON;
  if (typeof json === 'function') return neutraliseDeep(JSON.parse(JSON.stringify(value)));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [neutralise(key), neutraliseDeep(member)]));
}
