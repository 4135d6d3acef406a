import type { Class, Func, Module } from '../ir.ts';
import type { Frame } from './frame.ts';
import { HARM, eitherFacts, origin, type Facts, type Origin } from './origins.ts';

/** What a literal can be. */
export type Constant = string | number | boolean | null;

/** What is known of a value: whatever of this is present may be the case. Never changed in place. */
export interface Value {
  /** Where it comes from; absent where that is of no interest. */
  readonly origins?: readonly Origin[];
  /** Everything that it can be, where that is known. */
  readonly constants?: readonly Constant[];
  /** Of a text that was put together: its pieces in order. */
  readonly pieces?: readonly Value[];
  readonly things?: readonly Thing[];
  /** What holds where it is true, and where it is not. */
  readonly yes?: Facts;
  readonly no?: Facts;
  /** Whether it is a number, a truth value or a length: it does no harm. */
  readonly isPlain?: boolean;
}

/** What is held by reference. */
export type Thing = Obj | Closure | ClassThing | Sym | Pattern;

/** An object or a list. What is written to it is added to what may be there. */
export interface Obj {
  readonly kind: 'object';
  readonly fields: Map<string, Value>;
  /** What fields without a known name hold; the elements of a list. */
  rest: Value | undefined;
  readonly isList: boolean;
  readonly of?: ClassThing;
  /** What from outside it is a copy of: `{ ...process.env }`. */
  readonly copies?: readonly Sym[];
}

/** A function with the variables around it. */
export interface Closure {
  readonly kind: 'closure';
  readonly module: Module;
  readonly func: Func;
  readonly frame: Frame | undefined;
  readonly self?: Value;
  /** The class whose method it is. */
  readonly klass?: ClassThing;
  /** Arguments that are there already (`bind`). */
  readonly bound?: readonly Value[];
}

/** A class of the target. */
export interface ClassThing {
  readonly kind: 'class';
  readonly module: Module;
  readonly klass: Class;
  readonly frame: Frame | undefined;
  readonly bases: readonly Value[];
  /** Static members. */
  readonly own: Obj;
}

/** Something from outside of the target, by the way to it: `child_process.exec`, `zod.string()`, `pg.Pool()`. */
export interface Sym {
  readonly kind: 'symbol';
  readonly path: string;
  /** What it was called on. */
  readonly of?: Sym;
  /** What it was called with. */
  readonly args?: readonly Value[];
  /** Of a variable of the environment: what it is where that is not set. */
  readonly fallback?: Value;
}

/** A regular expression that is written out. */
export interface Pattern {
  readonly kind: 'pattern';
  readonly source: string;
  readonly flags: string;
  readonly file: string;
  readonly at: number;
}

/** Nothing is known of it. */
export const UNKNOWN: Value = {};
/** A number or a truth value. */
export const PLAIN: Value = { isPlain: true };

const MOST_CONSTANTS = 24;
const MOST_THINGS = 40;

/** A literal. */
export function constant(value: Constant): Value {
  return { constants: [value] };
}

/** Something by reference. */
export function thing(...things: readonly Thing[]): Value {
  return { things };
}

/** Something from outside. */
export function symbol(path: string, more: Pick<Sym, 'of' | 'args' | 'fallback'> = {}): Value {
  return thing({ kind: 'symbol', path: path.slice(-200), ...more });
}

/** A list that holds these. */
export function listOf(items: readonly Value[]): Value {
  const fields = new Map(items.slice(0, 64).map((item, at) => [String(at), item]));
  return thing({
    kind: 'object',
    fields,
    rest: items.length > 64 ? joinAll(items.slice(64)) : undefined,
    isList: true,
  });
}

/** An object that holds these. */
export function objectOf(fields: Iterable<readonly [string, Value]>, rest?: Value): Obj {
  return { kind: 'object', fields: new Map(fields), rest, isList: false };
}

/** Either of two. */
export function join(a: Value | undefined, b: Value | undefined): Value {
  if (a === undefined || a === b) return b ?? UNKNOWN;
  if (b === undefined) return a;
  const constants =
    a.constants === undefined || b.constants === undefined
      ? isKnown(a) && isKnown(b)
        ? (a.constants ?? b.constants)
        : undefined
      : unique([...a.constants, ...b.constants]);
  const origins = eitherOrigins(a.origins, b.origins);
  const things = unique([...(a.things ?? []), ...(b.things ?? [])]);
  const isEitherMade = a.origins !== undefined && b.origins !== undefined;
  const pieces = isEitherMade ? commonPieces(a, b) : (a.pieces ?? b.pieces);
  return {
    ...(origins.length === 0 ? {} : { origins }),
    ...(constants === undefined || constants.length > MOST_CONSTANTS ? {} : { constants }),
    ...(things.length === 0 ? {} : { things: things.slice(0, MOST_THINGS) }),
    ...(pieces === undefined ? {} : { pieces }),
    ...(a.yes === undefined && b.yes === undefined ? {} : { yes: eitherFacts(a.yes, b.yes) }),
    ...(a.no === undefined && b.no === undefined ? {} : { no: eitherFacts(a.no, b.no) }),
    ...(a.isPlain === true && b.isPlain === true ? { isPlain: true } : {}),
  };
}

const MOST_ORIGINS = 48;

/** The origins of either, each once. Bundles pass so much through one function that a list has to have an end. */
export function eitherOrigins(a: readonly Origin[] = [], b: readonly Origin[] = []): readonly Origin[] {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  const all = new Set(a);
  for (const each of b) {
    if (all.size >= MOST_ORIGINS) break;
    all.add(each);
  }
  return all.size === a.length ? a : [...all];
}

/** What two texts that were put together differently begin with; what comes after is looked at by its origins alone. */
function commonPieces(a: Value, b: Value): readonly Value[] | undefined {
  if (a.pieces === undefined || b.pieces === undefined) return undefined;
  if (a.pieces === b.pieces) return a.pieces;
  const same = a.pieces.findIndex((piece, at) => !isSamePiece(piece, b.pieces?.[at]));
  const first = a.pieces.slice(0, same === -1 ? a.pieces.length : same);
  const [one, other] = [a, b].map(({ pieces = [] }) => leadingText({ pieces: pieces.slice(first.length) }));
  const begin = commonStart(one, other);
  // The pieces themselves do not carry what the ways established that meet here.
  return first.length === 0 && begin === ''
    ? undefined
    : [...first, constant(begin), { origins: eitherOrigins(a.origins, b.origins) }];
}

/** Whether a piece is the very same on both ways, and nothing that was established there bears on it. */
function isSamePiece(one: Value, other: Value | undefined): boolean {
  if (one.origins !== undefined) return false;
  const text = onlyText(one);
  return one === other || (text !== undefined && text === onlyText(other));
}

function commonStart(one = '', other = ''): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return one.slice(0, at);
}

/** Whether what it can be is told by its things and constants. */
function isKnown(value: Value): boolean {
  return value.constants !== undefined || value.things !== undefined;
}

/** Any of several. */
export function joinAll(values: readonly Value[]): Value {
  return values.reduce<Value | undefined>((all, each) => join(all, each), undefined) ?? UNKNOWN;
}

function unique<T>(items: readonly T[]): readonly T[] {
  return items.length < 2 ? items : [...new Set(items)];
}

const MOST_LOOKED_AT = 120;

/** Where a value and what it holds come from, to a depth. */
export function originsIn(value: Value | undefined, depth = 2): readonly Origin[] {
  if (value === undefined) return [];
  const { origins = [], things } = value;
  if (depth === 0 || things === undefined || !things.some(({ kind }) => kind === 'object')) return origins;
  const found = new Set<Origin>(origins);
  let left = MOST_LOOKED_AT;
  const visit = (each: Value | undefined, below: number): void => {
    if (each === undefined || left <= 0) return;
    left -= 1;
    for (const own of each.origins ?? []) found.add(own);
    if (below === 0) return;
    for (const held of each.things ?? []) {
      if (held.kind !== 'object') continue;
      visit(held.rest, below - 1);
      for (const field of held.fields.values()) visit(field, below - 1);
    }
  };
  visit(value, depth);
  return [...found];
}

/** A value made of others; it comes from where they come from. */
export function madeOf(how: string, from: readonly (Value | undefined)[], clears = 0): Value {
  const parents = unique(from.flatMap((each) => originsIn(each))).slice(0, MOST_ORIGINS);
  return parents.length === 0 ? UNKNOWN : { origins: [origin(how, parents, clears)] };
}

/** The one text that it can be. */
export function onlyText(value: Value | undefined): string | undefined {
  const [first, ...others] = value?.constants ?? [];
  return typeof first === 'string' && others.length === 0 ? first : undefined;
}

/** What stands first in a text, as far as it is written out. */
export function leadingText(value: Value | undefined): string | undefined {
  const whole = onlyText(value);
  if (whole !== undefined || value?.pieces === undefined) return whole;
  let text = '';
  for (const piece of value.pieces) {
    const literal = onlyText(piece);
    if (literal === undefined) break;
    text += literal;
  }
  return text;
}

/** Whether what a text begins with is known to be of nobody's choice, or is written out. */
export function beginsFixed(value: Value): boolean {
  const first = value.pieces?.[0];
  if (first === undefined) return false;
  return (leadingText(value) ?? '') !== '' || (first.origins === undefined && first.things !== undefined);
}

/** Those of its things that are of a kind. */
export function thingsOf<K extends Thing['kind']>(
  value: Value | undefined,
  kind: K,
): readonly Extract<Thing, { readonly kind: K }>[] {
  return (value?.things ?? []).filter((each): each is Extract<Thing, { readonly kind: K }> => each.kind === kind);
}

/** A field of what a value may be, where one is written out. */
export function fieldOf(value: Value | undefined, name: string): Value | undefined {
  const found = thingsOf(value, 'object').flatMap((each) => {
    const held = each.fields.get(name);
    return held === undefined ? [] : [held];
  });
  return found.length === 0 ? undefined : joinAll(found);
}

/** The items of a list, where they are written out. */
export function itemsOf(value: Value | undefined): readonly Value[] {
  return thingsOf(value, 'object').flatMap((each) => [
    ...[...each.fields].filter(([name]) => /^\d+$/.test(name)).map(([, item]) => item),
    ...(each.rest === undefined ? [] : [each.rest]),
  ]);
}

const REDACTS = /^(?:redact|mask|obfuscate|censor)(?![a-z])/;

/** What a function of the target gives back that is called for what it hides. */
export function redacted(name: string, value: Value): Value {
  return REDACTS.test(name) && value.origins !== undefined ? madeOf('text', [value], HARM.other) : value;
}
