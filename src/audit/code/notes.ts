import type { ArgumentFact, CallFact, Flow, FlowKind, Handler, PatternFact, Spot } from './facts.ts';
import type { Call } from './engine/machine.ts';
import { ancestorsOf, GUARDED, harmfulSources, KEPT, type Facts, type Origin } from './engine/origins.ts';
import { onlyText, originsIn, type Closure, type Value } from './engine/values.ts';
import { findCredential, holdsRandom } from '../../text/credential-shape.ts';
import type { Module, Offset } from './ir.ts';

/** A function that callers reach, with what they pass. */
export interface Entry {
  readonly kind: Handler['kind'];
  readonly name: string;
  readonly closure: Closure;
  /** What it is given, made anew for each run. */
  readonly args: () => readonly Value[];
  readonly spot: Spot;
}

const MOST = 2000;

/** What was seen while a target was run: each thing once. */
export class Notes {
  readonly #flows = new Map<string, Flow>();
  readonly #calls = new Map<string, CallFact>();
  readonly #entries = new Map<string, Entry>();
  readonly #patterns = new Map<string, PatternFact>();
  /** The handler that is followed. */
  handler = '';

  /** Notes each source that may do a harm where it arrives. */
  flow(
    kind: FlowKind,
    { frame, at, sink }: Pick<Call, 'frame' | 'at'> & { readonly sink: string },
    { value, harm, facts }: { readonly value: Value | readonly Origin[]; readonly harm: number; readonly facts: Facts },
    more: {
      readonly sources?: readonly Flow['source']['kind'][];
      readonly isSure?: boolean;
      readonly detail?: string;
    } = {},
  ): void {
    const origins = 'length' in value ? value : originsIn(value);
    for (const each of origins)
      for (const source of harmfulSources(each, harm, facts)) {
        if (!(more.sources ?? ['argument']).includes(source.kind)) continue;
        const spot = spotOf(frame.module, at);
        const ancestors = [...ancestorsOf([each])];
        const isGuarded = ancestors.some(({ id }) => ((facts.get(id) ?? 0) & GUARDED) !== 0);
        const isKept = ancestors.some(({ id, clears }) => (((facts.get(id) ?? 0) | clears) & KEPT) !== 0);
        const isThrough = ancestors.some(({ how }) => how === 'through');
        const { name, handler, isNamed } = source;
        const found: Flow = {
          ...spot,
          kind,
          sink,
          source: {
            kind: source.kind,
            name,
            ...(handler === undefined ? {} : { handler }),
            ...(isNamed === true ? { isNamed } : {}),
          },
          isGuarded,
          ...(isKept && kind === 'path' ? { isKept } : {}),
          isSure: source.sure && !isThrough && more.isSure !== false,
          isBuilt: frame.module.isBuilt,
          ...(more.detail === undefined ? {} : { detail: more.detail }),
        };
        const key = [kind, spot.file, spot.line, spot.column].join('\0');
        const known = this.#flows.get(key);
        // The same place by several ways: the plainest is told.
        if (known === undefined ? this.#flows.size < MOST : rank(found) > rank(known)) this.#flows.set(key, found);
      }
  }

  call(symbol: string, { frame, at, args }: Pick<Call, 'frame' | 'at' | 'args'>): void {
    const spot = spotOf(frame.module, at);
    const key = [symbol, spot.file, spot.line, spot.column].join('\0');
    const found = {
      ...spot,
      symbol,
      within: frame.func === undefined ? '' : frame.func.name || 'a function',
      args: args.slice(0, 5).map((each) => argumentFact(each, 2)),
      isBuilt: frame.module.isBuilt,
    };
    const known = this.#calls.get(key);
    // Looked at without its callers and with them: what says more is kept.
    if (known === undefined ? this.#calls.size < MOST : weight(found.args) > weight(known.args))
      this.#calls.set(key, found);
  }

  entry(entry: Entry): void {
    const { file } = entry.closure.module;
    const key = `${file}\0${entry.closure.func.at}\0${entry.kind}\0${entry.name}`;
    if (this.#entries.size < MOST && !this.#entries.has(key)) this.#entries.set(key, entry);
  }

  pattern(fact: PatternFact): void {
    if (this.#patterns.size < MOST) this.#patterns.set(`${fact.file}:${fact.line}:${fact.column}`, fact);
  }

  /** Handlers that were found; more may be found while they are run. */
  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** Everything else. */
  get seen(): {
    readonly flows: readonly Flow[];
    readonly calls: readonly CallFact[];
    readonly patterns: readonly PatternFact[];
  } {
    return {
      flows: [...this.#flows.values()],
      calls: [...this.#calls.values()],
      patterns: [...this.#patterns.values()],
    };
  }
}

function rank({ isGuarded, isSure, source }: Flow): number {
  return (source.name === '' ? 4 : 0) + (isSure ? 2 : 0) + (isGuarded ? 0 : 1);
}

function weight(args: readonly ArgumentFact[]): number {
  return JSON.stringify(args).length;
}

/** Where an offset is. */
export function spotOf({ file, lines }: Module, at: Offset): Spot {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { file, line: low + 1, column: at - (lines[low] ?? 0) + 1 };
}

/** What of an argument may be kept. A text that is long, or may be a secret, is not. */
function argumentFact(value: Value, depth: number, called = ''): ArgumentFact {
  const only = value.constants?.length === 1 && value.origins === undefined ? value.constants[0] : undefined;
  const fields: Record<string, ArgumentFact> = {};
  let isOpen = value.origins !== undefined;
  let isObject = false;
  let isFunction = false;
  let found: string | undefined;
  let fallback: string | undefined;
  for (const each of value.things ?? []) {
    if (each.kind === 'closure') isFunction = true;
    if (each.kind === 'symbol') found = each.path.slice(0, 120);
    if (each.kind === 'symbol' && each.fallback !== undefined) fallback = onlyText(each.fallback);
    if (each.kind !== 'object' || depth === 0) continue;
    isObject = true;
    isOpen ||= each.rest !== undefined && !each.isList;
    for (const [name, held] of [...each.fields].slice(0, 60)) fields[name] = argumentFact(held, depth - 1, name);
  }
  return {
    ...(only !== undefined && (typeof only !== 'string' || isShort(only, called)) ? { constant: only } : {}),
    ...(isObject ? { fields } : {}),
    ...(isFunction ? { isFunction } : {}),
    ...(value.isPlain === true ? { isNumber: true } : {}),
    ...(isOpen ? { isOpen } : {}),
    ...(found === undefined ? {} : { symbol: found }),
    ...(fallback !== undefined && isShort(fallback, called) ? { fallback } : {}),
  };
}

function isShort(text: string, called: string): boolean {
  return /^[\w.:/*-]{0,40}$/.test(text) && !isSecret(called, text);
}

function isSecret(name: string, text: string): boolean {
  return /secret|passw|token|key|credential/i.test(name) || findCredential(text) !== undefined || holdsRandom(text);
}
