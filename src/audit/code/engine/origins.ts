/**
 * Where a value comes from. Origins make a graph: each says what it was made of, and what the making took away. What guards and
 * checks establish about an origin is kept apart, in facts, for it holds only on the ways that lead through the guard.
 */

/** What a value must not do where it is used; a mask. */
export const HARM = {
  shell: 1,
  /** Be read as an option by a program. */
  option: 2,
  path: 4,
  url: 8,
  sql: 16,
  code: 32,
  /** Be whatever else it likes: object keys, queries of other languages. */
  other: 64,
  /** Be an address of another sort than a web page. */
  scheme: 256,
  /** Be more of a regular expression than the letters that it is made of. */
  pattern: 512,
  /** Be read as markup by a browser. */
  markup: 1024,
} as const;
/** Every harm. */
export const ALL = 1919;
/** Not a harm: a check stands before the use that is not understood. */
export const GUARDED = 128;
/** Not a harm: something made of it was found to lie within a folder. */
export const KEPT = 2048;

/** What a value is, at the beginning of its way. */
export interface Source {
  /** What a caller passes, a credential that came in, a secret of the server, what an error says, or what another server answers. */
  readonly kind: 'argument' | 'credential' | 'secret' | 'error' | 'remote';
  /** As a person names it: `url`, `headers.authorization`. */
  readonly name: string;
  /** The tool or handler that it was passed to. */
  readonly handler?: string;
  readonly file: string;
  readonly at: number;
  /** How sure it is that this is what it is. */
  readonly sure: boolean;
  /** Of another server: whether the code says which one it is. */
  readonly isNamed?: boolean;
}

/** See above. */
export interface Origin {
  readonly id: number;
  readonly parents: readonly Origin[];
  readonly source?: Source;
  /** Harms that the making took away. */
  readonly clears: number;
  /** What made it: `resolve`, `url`, `test`, ... */
  readonly how: string;
  /** What a reader of a member of it gets, so that two readers get the same. */
  readonly members: Map<string, Origin>;
}

/** Harms that guards took away, by id of the origin. Never changed in place. */
export type Facts = ReadonlyMap<number, number>;
/** Nothing is known. */
export const NO_FACTS: Facts = new Map();

let count = 0;

/** An origin of its own. */
export function origin(how: string, parents: readonly Origin[], clears = 0, source?: Source): Origin {
  count += 1;
  return { id: count, parents, clears, how, members: new Map(), ...(source === undefined ? {} : { source }) };
}

/** Parts of a path in which no separator is. */
const NAME_OF_PATH: ReadonlySet<string> = new Set(['name', 'stem', 'suffix']);

/** The origin of a member; the same each time. */
export function memberOrigin(of: Origin, name: string): Origin {
  const known = of.members.get(name);
  if (known !== undefined) return known;
  const { source } = of;
  const made =
    source === undefined
      ? origin(howOf(name), [of], /^(?:path|join|resolve)$/.test(of.how) && NAME_OF_PATH.has(name) ? HARM.path : 0)
      : origin('member', [of], 0, { ...source, name: source.name === '' ? name : `${source.name}.${name}` });
  of.members.set(name, made);
  return made;
}

/** What asks something of a value; what else is read is a part. `ipaddress` knows every sort of address. */
function howOf(name: string): string {
  if (name === 'is_private' || name === 'is_global') return 'range';
  return name.startsWith('is_') ? 'test' : `.${name}`;
}

/** Adds what a guard established. */
export function withFact(facts: Facts, { id }: Origin, mask: number): Facts {
  const known = facts.get(id) ?? 0;
  return (known & mask) === mask ? facts : new Map(facts).set(id, known | mask);
}

/** What holds on this way and what holds on that: both. */
export function bothFacts(a: Facts | undefined, b: Facts | undefined): Facts {
  if (a === undefined || a === b || a.size === 0) return b ?? NO_FACTS;
  if (b === undefined || b.size === 0) return a;
  const all = new Map(a);
  for (const [id, mask] of b) all.set(id, (all.get(id) ?? 0) | mask);
  return all;
}

/** What holds whichever way was taken. */
export function eitherFacts(a: Facts | undefined, b: Facts | undefined): Facts {
  if (a === b) return a ?? NO_FACTS;
  if (a === undefined || b === undefined) return NO_FACTS;
  const common = new Map<number, number>();
  for (const [id, mask] of a) {
    const kept = mask & (b.get(id) ?? 0);
    if (kept !== 0) common.set(id, kept);
  }
  return common;
}

const MOST_ANCESTORS = 400;

/** The sources that an origin may still do a harm from, given what guards established. */
export function harmfulSources(from: Origin, harm: number, facts: Facts): readonly Source[] {
  const found = new Set<Source>();
  const seen = new Set<Origin>();
  const visit = (each: Origin): void => {
    if (seen.has(each) || seen.size > MOST_ANCESTORS) return;
    seen.add(each);
    if (((each.clears | (facts.get(each.id) ?? 0)) & harm) !== 0) return;
    // A member of an argument stands for itself: the argument around it is not named as well.
    if (each.source !== undefined && !isAnyCleared(each, harm, facts)) found.add(each.source);
    else for (const parent of each.parents) visit(parent);
  };
  visit(from);
  return [...found];
}

function isAnyCleared(from: Origin, harm: number, facts: Facts): boolean {
  let at: Origin | undefined = from;
  for (let depth = 0; at !== undefined && depth < 50; depth++) {
    if (((at.clears | (facts.get(at.id) ?? 0)) & harm) !== 0) return true;
    at = at.source === undefined ? undefined : at.parents[0];
  }
  return false;
}

/** Every origin that one was made of, itself first. */
export function ancestorsOf(from: readonly Origin[]): ReadonlySet<Origin> {
  const seen = new Set<Origin>();
  const rest = [...from];
  for (let next = rest.pop(); next !== undefined && seen.size < MOST_ANCESTORS; next = rest.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    rest.push(...next.parents);
  }
  return seen;
}
