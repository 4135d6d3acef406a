import type { Model, OutsideCall } from '../../engine/machine.ts';
import { ALL, bothFacts, HARM } from '../../engine/origins.ts';
import { harmsTakenByMatch, harmsTakenByRemoval } from '../../engine/pattern.ts';
import { clearing, harmless, tested, upwards } from '../../engine/state.ts';
import {
  constant,
  itemsOf,
  madeOf,
  onlyText,
  originsIn,
  PLAIN,
  thingsOf,
  UNKNOWN,
  type Value,
} from '../../engine/values.ts';
import { argument, pathOf } from './names.ts';
import { insideFacts, isResolved } from './places.ts';

const MAKES: ReadonlySet<string> = new Set(
  (
    'strip lstrip rstrip lower upper casefold title capitalize swapcase slice encode decode removeprefix removesuffix zfill ' +
    'ljust rjust center expandtabs translate format format_map __str__ hex'
  ).split(' '),
);
const PARTS: ReadonlySet<string> = new Set('split rsplit splitlines partition rpartition'.split(' '));
/** Texts of which these are true hold letters, digits and underscores alone. */
const LETTERS: ReadonlySet<string> = new Set('isalnum isalpha isdigit isdecimal isnumeric isidentifier'.split(' '));

/** Methods of texts, and regular expressions: what they make, and what asking establishes. */
export const texts: Model = (call) => {
  const expression = ofRegex(call);
  if (expression !== undefined) return expression;
  const { receiver, name, args } = call;
  if (receiver === undefined) return undefined;
  const [first] = args;
  if (name === '__contains__') return contains(receiver, first);
  if (name === 'join' && call.symbol === undefined) return joined(receiver, first);
  if (receiver.origins === undefined && receiver.pieces === undefined)
    return name === 'format' && onlyText(receiver) !== undefined ? formatted(call, receiver) : undefined;
  if (LETTERS.has(name)) return tested([receiver], clearing(receiver, ALL));
  if (MAKES.has(name))
    return {
      ...madeOf('text', [receiver, ...args, ...(call.named?.values() ?? [])]),
      ...(receiver.pieces && { pieces: receiver.pieces }),
    };
  if (name === 'replace')
    return madeOf('text', [receiver, args[1]], args[2] === undefined ? takenBy(onlyText(first), onlyText(args[1])) : 0);
  if (PARTS.has(name)) return listOfParts(receiver, isAtBlanks(call) ? 'split' : 'text');
  if (name === 'startswith') return startsWith(receiver, first);
  if (name === 'endswith') return endsWith(receiver, first);
  if (name === 'isprintable' || name === 'isascii') return PLAIN;
  if (name === 'find' || name === 'index' || name === 'count' || name === 'rfind') return tested([receiver]);
  return undefined;
};

/** What no text does in which nothing is left of another one. */
function takenBy(what: string | undefined, by: string | undefined): number {
  if (what === '<') return HARM.markup;
  return what === '/' && by?.includes('/') === false ? HARM.path : 0;
}

/** Whether a text is taken apart where a shell would take it apart. */
function isAtBlanks({ name, args, named }: OutsideCall): boolean {
  const by = args[0] ?? named?.get('sep');
  return name === 'split' && (by === undefined || by.constants?.[0] === null || onlyText(by) === ' ');
}

function listOfParts(receiver: Value, how = 'text'): Value {
  return { things: [{ kind: 'object', fields: new Map(), rest: madeOf(how, [receiver]), isList: true }] };
}

/** `'...{}...'.format(a, b=c)`, in order where it counts. */
function formatted(call: OutsideCall, receiver: Value): Value {
  const given = [...call.args, ...(call.more === undefined ? [] : [call.more])];
  const all = [...given, ...(call.named?.values() ?? [])];
  const made = madeOf('text', all);
  if (made.origins === undefined) return made;
  let next = 0;
  const pieces = (onlyText(receiver) ?? '').split(/(\{[^{}]*\})/).map((part): Value => {
    if (!part.startsWith('{')) return constant(part);
    const name = /^\{(\w*)/.exec(part)?.[1] ?? '';
    const at = name === '' ? next++ : Number(name);
    return call.named?.get(name) ?? given[at] ?? UNKNOWN;
  });
  return { ...made, pieces: pieces.slice(0, 64) };
}

/** `', '.join(list)`. */
function joined(by: Value, list: Value | undefined): Value {
  const items = itemsOf(list);
  const origins = list?.origins === undefined ? [] : [{ origins: list.origins }];
  const pieces = items.flatMap((each, at) => (at === 0 ? [each] : [by, each]));
  return {
    ...madeOf('text', [by, ...items, ...origins]),
    ...(pieces.length === 0 ? {} : { pieces: pieces.slice(0, 64) }),
  };
}

/** `a in b`: what is on a list of allowed ones is harmless; a text that holds another says little. */
function contains(receiver: Value, value: Value | undefined): Value {
  if (value?.origins === undefined) return receiver.origins === undefined ? PLAIN : tested([receiver]);
  const isHeld = itemsOf(receiver).some((each) => originsIn(each).length > 0);
  if (receiver.origins !== undefined || isHeld) return tested([value, receiver]);
  // That it is http or https says nothing of where it leads.
  if (value.origins.every(({ how }) => how === '.scheme')) return PLAIN;
  return tested([value], bothFacts(harmless(value), upwards(value)));
}

const SEPARATOR = /^(?:os\.sep|os\.path\.sep|os\.altsep)$/;

/** Whether a prefix ends where a name of a path ends. */
function endsWithSeparator(prefix: Value): boolean {
  const last = prefix.pieces?.at(-1) ?? prefix;
  const text = onlyText(last);
  if (text !== undefined) return /[/\\]$/.test(text);
  return thingsOf(last, 'symbol').some(({ path }) => SEPARATOR.test(path));
}

function startsWith(receiver: Value, prefix: Value | undefined): Value {
  const items = itemsOf(prefix);
  const prefixes = items.length > 0 ? items : [prefix ?? UNKNOWN];
  const written = prefixes.map(onlyText);
  const isRelative = receiver.origins?.some(({ how }) => how === 'relative') === true;
  if (isRelative && written.some((text) => text?.startsWith('..'))) {
    const of = receiver.origins?.flatMap(({ parents }) => parents) ?? [];
    return tested([receiver], undefined, bothFacts(clearing({ origins: of }, HARM.path), insideFacts({ origins: of })));
  }
  // `-x` would be read as an option.
  if (written.some((text) => text === '-' || text === '--'))
    return tested([receiver], undefined, clearing(receiver, HARM.option));
  if (isResolved(receiver)) {
    // Without a separator `/srv/data-other` begins with `/srv/data`.
    return prefixes.every(endsWithSeparator) ? tested([receiver], insideFacts(receiver)) : PLAIN;
  }
  if (written.every((text) => text !== undefined && /^https?:\/\//.test(text)))
    return written.every((text) => /^https?:\/\/[^/@]+\//.test(text ?? ''))
      ? tested([receiver], clearing(receiver, HARM.url))
      : PLAIN;
  return tested([receiver]);
}

/** A name of a host that ends in `.example.com` lies below it. */
function endsWith(receiver: Value, suffix: Value | undefined): Value {
  const items = itemsOf(suffix);
  const written = (items.length > 0 ? items : [suffix ?? UNKNOWN]).map(onlyText);
  const isHost = receiver.origins?.every(({ how }) => /^\.(?:hostname|host|netloc)$|^text$/.test(how)) === true;
  if (isHost && written.every((text) => text !== undefined && /^\..{3}/.test(text)))
    return tested([receiver], bothFacts(harmless(receiver), upwards(receiver)));
  return tested([receiver]);
}

const REGEX = /^(?:re|regex)\.(compile|match|fullmatch|search|sub|subn|split|findall|finditer|escape)$/;

/** `re.compile(...)` and what is done with it, in one step or in two. */
function ofRegex(call: OutsideCall): Value | undefined {
  const path = pathOf(call);
  const [, own] = REGEX.exec(path) ?? [];
  if (own === 'compile') {
    const source = onlyText(argument(call, 0, 'pattern'));
    const at = { file: call.frame.module.file, at: call.at };
    return source === undefined ? undefined : { things: [{ kind: 'pattern', source, flags: '', ...at }] };
  }
  if (own === 'escape') return madeOf('text', call.args.slice(0, 1));
  const compiled = thingsOf(call.receiver, 'pattern')[0];
  if (own === undefined && compiled === undefined) return undefined;
  const name = own ?? call.name;
  const source =
    own === undefined ? compiled?.source : (onlyText(call.args[0]) ?? thingsOf(call.args[0], 'pattern')[0]?.source);
  const rest = own === undefined ? call.args : call.args.slice(1);
  const isSub = name === 'sub' || name === 'subn';
  const value = isSub ? (rest[1] ?? call.named?.get('string')) : (rest[0] ?? call.named?.get('string'));
  if (value === undefined) return undefined;
  if (isSub) return madeOf('text', [value, rest[0]], source === undefined ? 0 : harmsTakenByRemoval(source, 'g'));
  if (name === 'split') return listOfParts(value);
  if (name === 'findall' || name === 'finditer') return listOfParts(value);
  if (name !== 'match' && name !== 'fullmatch' && name !== 'search') return undefined;
  return matched(value, source, name);
}

/** A match holds parts of the text, and that there is one says what the text is made of. */
function matched(value: Value, source: string | undefined, name: string): Value {
  const { yes } = tested(
    [value],
    clearing(value, source === undefined ? 0 : harmsTakenByMatch(wholly(source, name), '')),
  );
  const { origins } = madeOf('text', [value]);
  return origins === undefined ? UNKNOWN : { origins, ...(yes === undefined ? {} : { yes }) };
}

/** The same pattern as one that says where it begins and ends. `match` begins at the start, `fullmatch` ends at the end as well. */
function wholly(source: string, name: string): string {
  const ends = source.replace(/\\[Zz]$/, '$').replace(/^\\A/, '^');
  const open = name !== 'search' && !ends.startsWith('^') ? `^${ends}` : ends;
  return name === 'fullmatch' && !open.endsWith('$') ? `${open}$` : open;
}

/** Functions that establish something about a text, or make it harmless for one use. */
export const checks: Model = (call) => {
  const path = pathOf(call);
  const [first] = call.args;
  if (path === 'shlex.quote' || path === 'pipes.quote' || path === 'shlex.join')
    return madeOf('quoted', [first], HARM.shell);
  if (/^(?:ipaddress\.ip_(?:address|network)|validators\.(?:uuid|ipv4|ipv6))$/.test(path))
    return first?.origins === undefined ? UNKNOWN : madeOf('address', [first], ALL & ~HARM.url);
  if (
    /^(?:psycopg2?\.sql|asyncpg\.utils|django\.db\.connection\.ops)\.(?:Identifier|Literal|quote_ident|quote_name)$/.test(
      path,
    )
  )
    return madeOf('quoted', call.args, HARM.sql);
  if (/^clickhouse_connect\.driver\.binding\.(?:format_query_value|format_str|quote_identifier)$/.test(path))
    return madeOf('quoted', [first], HARM.sql);
  if (
    /^(?:html|markupsafe|cgi|xml\.sax\.saxutils|django\.utils\.html|bleach|nh3)\.(?:escape|clean|linkify|quoteattr)$/.test(
      path,
    )
  )
    return madeOf('quoted', [first], HARM.other | HARM.markup);
  if (path === 'isinstance' && first !== undefined) return ofType(first, call.args[1]);
  return undefined;
};

const HARMLESS_TYPES = /^(?:int|float|bool|complex|uuid\.UUID|datetime\.\w+|decimal\.Decimal)$/;

function ofType(value: Value, type: Value | undefined): Value {
  const symbols = [type, ...itemsOf(type)].flatMap((each) => thingsOf(each, 'symbol'));
  if (symbols.length === 0) return PLAIN;
  return symbols.every(({ path }) => HARMLESS_TYPES.test(path)) ? { isPlain: true, yes: harmless(value) } : PLAIN;
}
