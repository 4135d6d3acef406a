import { HttpError } from './error.ts';
import type { HostName } from './host.ts';

/** What a handler says of where to. */
export interface Where {
  /** An absolute https URL of a declared host. */
  readonly url?: string;
  /** A declared host, as it was declared; may be left out where there is one only. */
  readonly host?: string;
  /** A path, or its segments: those are encoded, so that a value cannot leave its place. */
  readonly path?: string | readonly (string | number)[];
  /** Parameters, encoded; a list repeats its name. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;
}

type QueryValue = string | number | boolean;

const LONGEST = 8192;
/** Scheme, ASCII name that ends in a letter or digit, decimal port: no user, no address in brackets, no other script. */
const AUTHORITY = /^https:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([1-9][0-9]{0,4}))?(?=[/?#]|$)/i;
/** What parsers drop, turn round or stop at. */
const UNREADABLE = /[\0-\x20\x7f\\]/;
const DOTS = /^(?:\.|%2e){1,2}$/i;

/**
 * The URL of a request, on a declared host, and what the host was declared as.
 * @throws HttpError `refused` when it is not one.
 */
export function resolveTarget(
  where: Where,
  hosts: readonly HostName[],
): { readonly url: URL; readonly host: HostName } {
  const { url: text, host: key, path, query } = where;
  if (text !== undefined && (key !== undefined || path !== undefined))
    throw new HttpError('refused', 'a request has "url", or "host" and "path"');
  const base = text ?? `https://${keyOf(key, hosts)}${pathOf(path)}`;
  const { url, host } = checkUrl(base, hosts);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  if (url.href.length > LONGEST) throw new HttpError('too-large', `the URL has more than ${LONGEST} characters`);
  return { url, host };
}

function keyOf(key: unknown, hosts: readonly HostName[]): string {
  const [only] = hosts;
  if (key === undefined && hosts.length === 1 && only !== undefined) return only.key;
  if (typeof key === 'string' && hosts.some((host) => host.key === key)) return key;
  throw new HttpError('refused', 'a request names no declared host');
}

function pathOf(path: unknown): string {
  if (path === undefined) return '/';
  if (Array.isArray(path)) return `/${path.map(segmentOf).join('/')}`;
  if (typeof path !== 'string' || !path.startsWith('/') || /[?#]/.test(path))
    throw new HttpError('refused', 'a path begins with "/" and has no "?" or "#"; parameters go to "query"');
  return path;
}

function segmentOf(segment: unknown): string {
  const text = typeof segment === 'number' ? String(segment) : segment;
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..')
    throw new HttpError('refused', 'a segment of the path is empty or leads elsewhere');
  return encodeURIComponent(text.toWellFormed());
}

/**
 * Reads an absolute URL before and after the parser: one that the parser would have to mend is refused, because another
 * parser would mend it otherwise.
 * @throws HttpError `refused`.
 */
export function checkUrl(text: unknown, hosts: readonly HostName[]): { readonly url: URL; readonly host: HostName } {
  const [start = '', name = '', port] = (typeof text === 'string' && AUTHORITY.exec(text)) || [];
  if (typeof text !== 'string' || start === '')
    throw new HttpError('refused', 'the URL is not https with a plain host');
  if (text.length > LONGEST) throw new HttpError('too-large', `the URL has more than ${LONGEST} characters`);
  const rest = text.slice(start.length).split('#', 1)[0] ?? '';
  if (UNREADABLE.test(rest)) throw new HttpError('refused', 'the URL holds blanks, controls or backslashes');
  const path = rest.split('?', 1)[0] ?? '';
  // A value with dots in it would leave the path that the tool's author wrote.
  if (path.split('/').some((segment) => DOTS.test(segment)))
    throw new HttpError('refused', 'the path has dot segments');
  const host = hosts.find((one) => one.name === name.toLowerCase() && one.port === Number(port ?? 443));
  if (host === undefined) throw new HttpError('refused', 'the host is not declared');
  const url = URL.parse(start + rest);
  const same = url?.protocol === 'https:' && url.hostname === host.name && Number(url.port || 443) === host.port;
  if (url === null || !same || url.username !== '' || url.password !== '')
    throw new HttpError('refused', 'the URL means another host than it says');
  return { url, host };
}

/** Takes a URL as it is: what is left of the check while the guard is off. */
export function takeUrl(
  url: URL,
  hosts: readonly HostName[],
): { readonly url: URL; readonly host: HostName | undefined } {
  return { url, host: hosts.find(({ key }) => key === url.host) };
}
