import { PublicError } from '../../errors.ts';

/** What can be bound to a statement. A boolean becomes 1 or 0. */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array;

/** A piece of SQL with its values, made by `fragment`, `like` or `list` and by nothing else. */
export class SqlFragment {
  // A private name cannot be forged by JSON, nor by an object of the same shape.
  readonly #made: true;
  readonly strings: readonly string[];
  readonly values: readonly (SqlValue | SqlFragment)[];
  /** Whether no value is a fragment itself. */
  readonly flat: boolean;

  constructor(key: symbol, strings: readonly string[], values: readonly (SqlValue | SqlFragment)[]) {
    if (key !== KEY) throw new TypeError('a fragment is made with fragment`...`');
    this.#made = true;
    this.strings = strings;
    this.values = values;
    this.flat = !values.some((value) => SqlFragment.is(value));
    Object.freeze(this);
  }

  /** Whether a value is a fragment. */
  static is(value: unknown): value is SqlFragment {
    return typeof value === 'object' && value !== null && #made in value && value.#made;
  }
}

const KEY = Symbol('fragment');

/**
 * Checks that a call was a tagged template.
 * @throws TypeError when it was called with a string, so that SQL cannot be put together from text.
 */
export function checkTemplate(strings: unknown, values: readonly unknown[]): void {
  const real =
    Array.isArray(strings) &&
    Object.isFrozen(strings) &&
    'raw' in strings &&
    Array.isArray(strings.raw) &&
    Object.isFrozen(strings.raw) &&
    strings.length === values.length + 1;
  if (real) return;
  throw new TypeError('SQL is written as a tagged template: db.all`select ... where id = ${id}`, without parentheses.');
}

/**
 * A part of a statement to put into another: db.all`select * from t ${fragment`where a = ${a}`}`.
 * @throws TypeError when it is not used as a tag.
 */
export function fragment(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): SqlFragment {
  checkTemplate(strings, values);
  return new SqlFragment(KEY, strings, Object.freeze([...values]));
}

const LIKE: readonly string[] = Object.freeze(['', " escape '\\'"]);

/**
 * The right side of `like`: finds `text` itself, its `%`, `_` and `\` without their special meaning.
 * @param where Where the text must stand; anywhere when absent.
 */
export function like(text: string, where: 'anywhere' | 'start' | 'end' = 'anywhere'): SqlFragment {
  if (typeof text !== 'string') throw new TypeError('like() takes a string');
  const escaped = text.replaceAll(/[\\%_]/g, '\\$&');
  const value = `${where === 'start' ? '' : '%'}${escaped}${where === 'end' ? '' : '%'}`;
  // INVARIANT: SQLite reads a pattern up to a NUL, so `%\0%` would match every row; null matches none.
  return new SqlFragment(KEY, LIKE, Object.freeze([text.includes('\0') ? null : value]));
}

const MAX_LIST = 500;
/** The text of a list without values. */
export const EMPTY_LIST: readonly string[] = Object.freeze(['()']);
const LISTS: (readonly string[] | undefined)[] = [EMPTY_LIST];

/**
 * The right side of `in`: db.all`... where id in ${list(ids)}`. An empty list matches nothing.
 * @throws TypeError above 500 values.
 */
export function list(values: readonly SqlValue[]): SqlFragment {
  if (!Array.isArray(values) || values.length > MAX_LIST)
    throw new TypeError(`list() takes at most ${MAX_LIST} values`);
  const strings = (LISTS[values.length] ??= Object.freeze([
    '(',
    ...Array.from({ length: values.length - 1 }, () => ', '),
    ')',
  ]));
  return new SqlFragment(KEY, strings, Object.freeze([...values]));
}

/**
 * One of several pieces of SQL, by a name that a caller gives: a column to sort by, a direction. What a caller sends is
 * only ever compared with the names.
 * @throws PublicError when there is no piece of that name; it tells which there are.
 */
export function choose<Name extends string>(name: string, pieces: Readonly<Record<Name, SqlFragment>>): SqlFragment {
  const own = Object.hasOwn(pieces, name) ? (pieces as Readonly<Record<string, unknown>>)[name] : undefined;
  if (SqlFragment.is(own)) return own;
  throw new PublicError(`Choose one of ${Object.keys(pieces).join(', ')}.`);
}
