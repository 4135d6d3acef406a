import { itemsOf, membersOf, textOf, type Located } from '../gather/located.ts';

interface Said {
  /** What it is, in a few words: it stands behind the field in a template. */
  readonly says: string;
  readonly isOptional?: true;
}

/** One field of a record: what it holds, and what it means. */
export type Field =
  | (Said & { readonly type: 'text' | 'day' | 'number' | 'flag' | 'texts' })
  | (Said & { readonly type: 'choice'; readonly of: readonly string[] })
  | (Said & { readonly type: 'list'; readonly of: Fields; readonly least: number });

/** Fields by name, in the order in which a template has them. */
export interface Fields {
  readonly [name: string]: Field;
}

type Plain<F> = F extends { readonly type: 'text' }
  ? string
  : F extends { readonly type: 'day' | 'number' }
    ? number
    : F extends { readonly type: 'flag' }
      ? boolean
      : F extends { readonly type: 'texts' }
        ? readonly string[]
        : F extends { readonly type: 'choice'; readonly of: readonly (infer O)[] }
          ? O
          : F extends { readonly type: 'list'; readonly of: infer G extends Fields }
            ? readonly ValuesOf<G>[]
            : never;

/** What the fields of a record come to: days are milliseconds since the epoch. An optional field may be `undefined`. */
export type ValuesOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends { readonly isOptional: true } ? Plain<F[K]> | undefined : Plain<F[K]>;
};

type Simple<T extends string> = Said & { readonly type: T };

/** A text that is not empty. */
export const text = (says: string): Simple<'text'> => ({ type: 'text', says });
/** A day or a moment in ISO 8601. */
export const day = (says: string): Simple<'day'> => ({ type: 'day', says });
/** A number from 0 on. */
export const number = (says: string): Simple<'number'> => ({ type: 'number', says });
/** `true` or `false`. */
export const flag = (says: string): Simple<'flag'> => ({ type: 'flag', says });
/** A list of texts, which may be empty. */
export const texts = (says: string): Simple<'texts'> => ({ type: 'texts', says });
/** One of several words. */
export const choice = <const O extends readonly string[]>(
  says: string,
  of: O,
): Said & { readonly type: 'choice'; readonly of: O } => ({ type: 'choice', says, of });
/** A list of entries, at least `least` of them. */
export const list = <const F extends Fields>(
  says: string,
  of: F,
  least = 1,
): Said & { readonly type: 'list'; readonly of: F; readonly least: number } => ({ type: 'list', says, of, least });
/** A field that may be left out. */
export const optional = <F extends Field>(field: F): F & { readonly isOptional: true } => ({
  ...field,
  isOptional: true,
});

/** What stands in a template where somebody has to write. */
export const FILL_IN = 'FILL-IN';

/** What reading fields came to: the values, or what is wrong with them. */
export interface Read {
  readonly values: Readonly<Record<string, unknown>>;
  /** In words, with the name of the field. Empty where the values can be used. */
  readonly faults: readonly string[];
}

/** Reads the fields of a mapping. A field that is not known is a fault: it may be a known one, misspelt. */
export function readFields(fields: Fields, root: Located, prefix = ''): Read {
  const faults: string[] = [];
  const values: Record<string, unknown> = Object.create(null);
  if (root.members === undefined) return { values, faults: [`${prefix || 'the record'} is no mapping`] };
  const members = new Map(membersOf(root));
  for (const name of members.keys())
    if (!Object.hasOwn(fields, name)) faults.push(`${prefix}${name.slice(0, 60)} is no field of it`);
  for (const [name, field] of Object.entries(fields)) {
    const value = members.get(name);
    const isAbsent = value === undefined || value.scalar === null;
    if (isAbsent && field.isOptional === true) continue;
    const path = `${prefix}${name}`;
    if (isAbsent) faults.push(`${path} is missing`);
    else if (textOf(value)?.includes(FILL_IN) === true) faults.push(`${path} is not filled in`);
    else values[name] = readField(field, value, path, faults);
  }
  return { values, faults };
}

function readField(field: Field, value: Located, path: string, faults: string[]): unknown {
  const fault = (what: string): undefined => void faults.push(`${path} is ${what}`);
  switch (field.type) {
    case 'text':
      return textOf(value)?.trim() || fault('no text');
    case 'day':
      return readDay(textOf(value)) ?? fault('no day: write it as 2026-01-31');
    case 'number':
      return typeof value.scalar === 'number' && value.scalar >= 0 ? value.scalar : fault('no number');
    case 'flag':
      return typeof value.scalar === 'boolean' ? value.scalar : fault('neither true nor false');
    case 'choice': {
      const word = textOf(value) ?? '';
      return field.of.includes(word) ? word : fault(`none of ${field.of.join(', ')}`);
    }
    case 'texts': {
      const words = value.items?.map((each) => textOf(each)?.trim() ?? '');
      if (words === undefined || words.includes('')) return fault('no list of texts');
      return words.some((word) => word.includes(FILL_IN)) ? fault('not filled in') : words;
    }
    case 'list': {
      if (value.items === undefined) return fault('no list');
      if (value.items.length < field.least) return fault('empty');
      return itemsOf(value).map((each, at) => {
        const read = readFields(field.of, each, `${path}[${at}].`);
        faults.push(...read.faults);
        return read.values;
      });
    }
  }
}

/** Milliseconds since the epoch of a day or moment in ISO 8601; `undefined` where it is none. */
export function readDay(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(value))
    return undefined;
  const at = Date.parse(value);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(at) || new Date(Date.parse(value.slice(0, 10))).toISOString().slice(0, 10) !== value.slice(0, 10))
    return undefined;
  return at;
}
