import { isObject, type JsonObject } from '../../protocol/json.ts';
import { parseOrNothing } from '../events.ts';

/** What stands beside the content of a result, and differs or agrees whatever that is. */
const BESIDE: ReadonlySet<string> = new Set([
  '_meta',
  'resultType',
  'ttlMs',
  'cacheScope',
  'nextCursor',
  'requestState',
]);
/** Members that name a form and say nothing. */
const FORMS: ReadonlySet<string> = new Set(['type', 'mimeType', 'uri', 'isError', 'annotations']);
const [DEEPEST, MOST] = [12, 5_000];
const PLACEHOLDER = '*';

/** The single values of a result by their paths; texts that are JSON are read as such. */
export type Contents = ReadonlyMap<string, string>;

/**
 * Takes a result apart.
 * @param named Values that were asked for, such as an id: an answer that repeats them says nothing by that.
 */
export function contentsOf(result: JsonObject, named: readonly string[] = []): Contents {
  const found = new Map<string, string>();
  const echoes = named.filter((each) => each !== '').map(echoOf);
  const walk = (value: unknown, path: string, depth: number): void => {
    if (found.size >= MOST || depth > DEEPEST) return;
    if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value))
        if (!FORMS.has(key) && !(depth === 0 && BESIDE.has(key)))
          walk(member, `${path}/${key.replaceAll('/', '~1')}`, depth + 1);
      return;
    }
    const text = String(value);
    const inner = typeof value === 'string' && /^\s*[[{]/.test(text) ? parseOrNothing(text) : undefined;
    if (isObject(inner) || Array.isArray(inner)) walk(inner, path, depth + 1);
    else found.set(path, `${typeof value} ${echoes.reduce((rest, echo) => rest.replace(echo, PLACEHOLDER), text)}`);
  };
  walk(result, '', 0);
  return found;
}

/** A value where it stands as a word of its own. */
function echoOf(value: string): RegExp {
  const word = value.replaceAll(/[$()*+.?[\\\]^{|}-]/g, '\\$&');
  return new RegExp(`(?<![A-Za-z0-9])${word}(?![A-Za-z0-9])`, 'g');
}

/** What two answers to the same question have in common, where it says something; undefined where nothing does. */
export function steadyContents(one: Contents, again: Contents): Contents | undefined {
  const steady = new Map([...one].filter(([path, value]) => again.get(path) === value));
  return [...steady.values()].some(saysSomething) ? steady : undefined;
}

/** A text or a number that is not only what was asked for. */
function saysSomething(value: string): boolean {
  return /^(?:string|number) /.test(value) && !/^\w+ \*?$/.test(value);
}

/** Whether all that an answer always holds stands in another one. */
export function holdsContents(contents: Contents, steady: Contents): boolean {
  return [...steady].every(([path, value]) => contents.get(path) === value);
}
