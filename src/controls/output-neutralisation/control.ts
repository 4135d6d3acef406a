import { isObject } from '../../protocol/json.ts';
import { changeTexts } from '../../leaks/values.ts';
import { makeInert } from '../../text/markup.ts';
import { hasHidden, neutralise } from '../../text/neutralise.ts';
import type { Target } from '../../pipeline/catalog.ts';
import type { Exchange } from '../../pipeline/context.ts';
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

/** Breaks the markup in a JSON text: another value, or `undefined` where there is none. */
export type InertMarkup = (exchange: Exchange, json: string) => { readonly value: unknown } | undefined;

/** What `makeInert` could change stands in JSON as it is. */
const MARKUP = /[<\]]/;

/**
 * Breaks markup that acts or loads in what gives untrusted text, so that no picture carries data out and no link hides
 * where it leads (VAL-09). `undefined` where nothing that is declared has to be looked at.
 */
export function configureMarkup(settings: Settings): InertMarkup | undefined {
  if (!isOn(settings, 'output-neutralisation')) return undefined;
  const { catalog, leaks } = settings;
  const looked = new Set<Target>();
  for (const target of [
    ...catalog.tools.values(),
    ...catalog.prompts.values(),
    ...catalog.resources.values(),
    ...catalog.templates,
  ]) {
    const said = target.kind === 'tool' ? leaks.markup.get(target.name) : undefined;
    if (said === 'inert' || (said === undefined && target.flow.gives.has('untrusted'))) looked.add(target);
  }
  if (looked.size === 0) return undefined;
  const texts = { text: makeInert, number: () => undefined };
  return function inertMarkup(exchange: Exchange, json: string): { readonly value: unknown } | undefined {
    if (exchange.target === undefined || !looked.has(exchange.target) || !MARKUP.test(json)) return undefined;
    const value: unknown = JSON.parse(json);
    const inert = changeTexts(value, texts);
    if (inert === value) return undefined;
    exchange.original = settings.digest(json);
    return { value: inert };
  };
}

function neutraliseDeep(value: unknown): unknown {
  if (typeof value === 'string') return neutralise(value);
  if (Array.isArray(value)) return value.map(neutraliseDeep);
  if (!isObject(value)) return value;
  const json = (value as { readonly toJSON?: unknown }).toJSON;
  if (typeof json === 'function') return neutraliseDeep(JSON.parse(JSON.stringify(value)));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [neutralise(key), neutraliseDeep(member)]));
}
