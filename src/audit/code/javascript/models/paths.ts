import type { Model, OutsideCall } from '../../engine/machine.ts';
import { ancestorsOf, HARM } from '../../engine/origins.ts';
import { clearing, tested } from '../../engine/state.ts';
import { madeOf, UNKNOWN, type Value } from '../../engine/values.ts';
import { pathOf } from './names.ts';

const PATH = /^(?:node:)?path\.(?:posix\.|win32\.)?(\w+)$/;

/** Paths and addresses: what they are made of, and what of them is left. */
export const places: Model = (call) => {
  const path = pathOf(call);
  const { args } = call;
  const [first, second] = args;
  const named = PATH.exec(path)?.[1];
  if (named !== undefined) return ofPath(named, call);
  if (/^fs\.realpath(?:Sync)?(?:\.native)?$/.test(path)) return madeOf('realpath', [first]);
  if (path === 'URL' || path === 'url.URL' || path === 'URL.parse' || path === 'url.parse') return ofUrl(first, second);
  if (path === 'URL.canParse') return tested([first ?? UNKNOWN]);
  if (/^(?:dns\.|dns\/promises\.)(?:promises\.)?(?:lookup|resolve[46]?|resolveAny)$/.test(path))
    return madeOf('dns', [first]);
  if (/^(?:ipaddr\.js|ip-address|net\.BlockList)\b/.test(path)) return madeOf('range', [call.receiver, ...args]);
  // It throws for every scheme but those of the web, and writes the address anew.
  if (/^strict-url-sanitise(?:\.sanitizeUrl)?$/.test(path)) return madeOf('url', [first], HARM.scheme);
  if (path === 'sanitize-filename') return madeOf('name', [first], HARM.path);
  return undefined;
};

function ofPath(named: string, call: OutsideCall): Value | undefined {
  const { args } = call;
  const all = call.more === undefined ? args : [...args, call.more];
  switch (named) {
    case 'resolve':
    case 'join':
    case 'normalize':
      // Of one path another form is made, of several another path.
      if (call.more === undefined && all.length === 2 && isSamePath(all)) return madeOf('normalize', all);
      return madeOf(all.length === 1 && call.more === undefined ? named : 'join', all);
    case 'relative':
      return madeOf('relative', args.slice(1));
    case 'basename':
    case 'extname':
      return madeOf('name', args.slice(0, 1), HARM.path);
    case 'dirname':
    case 'format':
    case 'parse':
    case 'toNamespacedPath':
      return madeOf('text', all);
    case 'isAbsolute':
      return tested(args.slice(0, 1), undefined, clearing(undefined, 0));
    default:
      return undefined;
  }
}

/** Whether a folder and a name are those of one path: `join(realpath(dirname(path)), basename(path))`. */
function isSamePath([folder, name]: readonly Value[]): boolean {
  const names = name?.origins ?? [];
  const within = ancestorsOf(folder?.origins ?? []);
  return (
    names.length > 0 && names.every(({ how, parents }) => how === 'name' && parents.some((each) => within.has(each)))
  );
}

/** An address within another one stays there, unless it names a host of its own. */
function ofUrl(first: Value | undefined, base: Value | undefined): Value {
  const made = madeOf('url', base === undefined ? [first] : [first, base]);
  return first?.pieces === undefined ? made : { ...made, pieces: first.pieces };
}
