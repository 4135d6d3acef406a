import type { Machine, Model, OutsideCall } from '../../engine/machine.ts';
import { ALL, bothFacts, HARM, withFact, type Facts, type Origin } from '../../engine/origins.ts';
import { tested } from '../../engine/state.ts';
import { itemsOf, joinAll, madeOf, symbol, thingsOf, UNKNOWN, type Value } from '../../engine/values.ts';
import { argument, pathOf } from './names.ts';

const JOINS: ReadonlySet<string> = new Set('joinpath with_name with_suffix with_stem expanduser absolute'.split(' '));
/** What gives a path in which no `..` is left. */
const RESOLVES: ReadonlySet<string> = new Set(
  'os.path.realpath os.path.abspath os.path.normpath os.path.normcase'.split(' '),
);
const KEEPS: ReadonlySet<string> = new Set(
  'os.path.join os.path.expanduser os.path.expandvars os.fspath os.fsdecode os.fsencode'.split(' '),
);
const NAMES: ReadonlySet<string> = new Set(
  'os.path.basename werkzeug.utils.secure_filename pathvalidate.sanitize_filename'.split(' '),
);
const ADDRESSES: ReadonlySet<string> = new Set(
  'urllib.parse.urlparse urllib.parse.urlsplit yarl.URL httpx.URL furl.furl urllib3.util.parse_url'.split(' '),
);

/** Paths and addresses: what they are made of, and what asking about them establishes. */
export const places: Model = (call, machine) => {
  const path = pathOf(call);
  const { args } = call;
  if (path === 'pathlib.Path') return pathMade('path', args);
  if (RESOLVES.has(path)) return madeOf('resolve', args.slice(0, 1));
  if (NAMES.has(path)) return madeOf('name', args.slice(0, 1), HARM.path);
  if (path === 'os.path.dirname') return madeOf('parent', args.slice(0, 1));
  if (KEEPS.has(path)) return madeOf('join', call.more === undefined ? args : [...args, call.more]);
  if (path === 'os.path.split' || path === 'os.path.splitext') return madeOf('text', args.slice(0, 1));
  if (path === 'os.path.relpath') return madeOf('relative', args.slice(0, 1));
  if (path === 'os.path.commonpath') return commonPath(args[0]);
  // It compares letters, not names: `/srv/data-other` begins with `/srv/data`.
  if (path === 'os.path.commonprefix') return { isPlain: true };
  if (path === 'os.path.isabs') return { isPlain: true };
  if (ADDRESSES.has(path)) return address(args[0]);
  if (/^urllib\.parse\.quote(?:_plus)?$/.test(path)) return madeOf('encoded', args.slice(0, 1), quoted(call));
  if (path === 'urllib.parse.urlencode') return madeOf('encoded', args.slice(0, 1), ALL & ~HARM.shell & ~HARM.option);
  if (path === 'urllib.parse.urljoin') return madeOf('url', args);
  if (/^socket\.(?:gethostbyname(?:_ex)?|getaddrinfo)$/.test(path)) return madeOf('dns', args.slice(0, 1));
  return call.receiver === undefined ? undefined : ofPath(call, call.receiver, machine);
};

function pathMade(how: string, from: readonly (Value | undefined)[]): Value {
  return { ...symbol('pathlib.Path()'), ...madeOf(how, from) };
}

function ofPath(call: OutsideCall, receiver: Value, machine: Machine): Value | undefined {
  const { name, args } = call;
  if (JOINS.has(name)) {
    const all = [receiver, ...args];
    if (all.every((each) => each.isPlain === true)) return { isPlain: true };
    return pathMade(name === 'absolute' ? 'path' : 'join', all);
  }
  const isPath = isPathSymbol(receiver);
  if (name === 'resolve' && (isPath || receiver.origins !== undefined)) return pathMade('resolve', [receiver]);
  // Before `..` is resolved it says nothing.
  if (name === 'is_relative_to')
    return isResolved(receiver) ? tested([receiver], insideFacts(receiver)) : { isPlain: true };
  if (name === 'relative_to') {
    // It throws where the path lies elsewhere.
    machine.facts = bothFacts(machine.facts, insideFacts(receiver));
    return pathMade('relative', [receiver]);
  }
  if (name === 'as_posix' || name === '__fspath__' || name === 'as_uri') return madeOf('path', [receiver]);
  if (isPath && (name === 'iterdir' || name === 'glob' || name === 'rglob')) {
    const element = pathMade('join', [receiver, ...args]);
    return { things: [{ kind: 'object', fields: new Map(), rest: element, isList: true }] };
  }
  return undefined;
}

/** Whether it is a `pathlib.Path`. */
export function isPathSymbol(value: Value | undefined): boolean {
  return thingsOf(value, 'symbol').some(({ path }) => /^pathlib\.(?:\w*Path)(?:\(\)|\.cwd\(\)|\.home\(\))/.test(path));
}

/** Whether no `..` can be in it any more. */
export function isResolved({ origins }: Value): boolean {
  return origins?.every((each) => resolvedOf(each, 0) !== undefined) ?? false;
}

function resolvedOf(each: Origin, depth: number): Origin | undefined {
  if (each.how === 'resolve') return each;
  const [parent] = each.parents;
  return depth < 3 && parent !== undefined && /^(?:checked|path)$/.test(each.how)
    ? resolvedOf(parent, depth + 1)
    : undefined;
}

/** What holds where a resolved path lies inside of a folder: of the path, and of what it was resolved from. */
export function insideFacts(value: Value): Facts {
  let facts: Facts = new Map();
  const visit = (each: Origin, depth: number): void => {
    facts = withFact(facts, each, HARM.path);
    if (depth < 6 && /^(?:resolve|path|checked)$/.test(each.how))
      for (const parent of each.parents) visit(parent, depth + 1);
  };
  for (const each of value.origins ?? []) if (resolvedOf(each, 0) !== undefined) visit(each, 0);
  return facts;
}

/** What equals the folder says as much of the paths that it was found of, if they are resolved. */
function commonPath(list: Value | undefined): Value {
  const resolved = itemsOf(list).filter((item) => item.origins !== undefined && isResolved(item));
  if (resolved.length === 0) return UNKNOWN;
  const { origins } = joinAll(resolved);
  const before = (origins ?? []).filter(({ how }) => how === 'resolve').flatMap(({ parents }) => parents);
  return { origins: [...(origins ?? []), ...before] };
}

function address(first: Value | undefined): Value {
  const made = madeOf('url', [first]);
  return first?.pieces === undefined ? made : { ...made, pieces: first.pieces };
}

function quoted(call: OutsideCall): number {
  const safe = argument(call, 1, 'safe')?.constants;
  const keepsSlash =
    safe === undefined ? !pathOf(call).endsWith('_plus') : safe.some((each) => String(each).includes('/'));
  return ALL & ~HARM.option & ~(keepsSlash ? HARM.path : 0);
}
