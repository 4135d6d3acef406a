import { HttpError } from './error.ts';

const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const VALUE = /^[\x20-\x7e\t]{0,4096}$/;
const MOST = 32;

/** What the client writes itself, what carries a credential, and what claims to come from a proxy. */
const FORBIDDEN =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|authorization|cookie2?|set-cookie2?|proxy-.*|forwarded|via|x-forwarded-.*|x-real-ip|x-http-method.*|x-method-override|x-original-.*|x-rewrite-url|http2-settings|metadata|metadata-flavor|x-aws-ec2-metadata-token.*)$/;

/**
 * Checks the headers that a handler sets; names come out in lower case.
 * @param taken Names in which the deployment sends credentials.
 * @throws HttpError `refused`.
 */
export function readHeaders(given: unknown, taken: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null) throw new HttpError('refused', 'headers are no object');
  const entries = Object.entries(given);
  if (entries.length > MOST) throw new HttpError('refused', `there are more than ${MOST} headers`);
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [written, value] of entries) {
    if (value === undefined) continue;
    const name = written.toLowerCase();
    if (!NAME.test(name) || name in headers) throw new HttpError('refused', 'the name of a header is not valid');
    if (FORBIDDEN.test(name) || taken.has(name))
      throw new HttpError('refused', `the header ${name} is not the handler's: credentials belong to the deployment`);
    if (typeof value !== 'string' || !VALUE.test(value))
      throw new HttpError('refused', `the value of the header ${name} is not visible ASCII`);
    headers[name] = value;
  }
  return headers;
}

/** What still goes along when a redirect leads to another host. */
const HARMLESS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'user-agent']);

/** The headers that another host may see. */
export function harmless(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name)));
}

/** The headers without those of a body that is not sent again. */
export function withoutBody(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}

/** Headers of an answer that a handler may see. */
const SHOWN: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'cache-control',
  'content-disposition',
  'content-language',
  'content-range',
  'content-type',
  'date',
  'deprecation',
  'etag',
  'expires',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'sunset',
  'vary',
  'warning',
]);
const SHOWN_PREFIX = /^(?:x-)?ratelimit-/;
/** Never shown, whatever a tool declares. */
const HIDDEN = /^(?:set-cookie2?|.*authenticate|authorization|authentication-info|proxy-.*)$/;

/**
 * Checks further names of headers that a tool wants to see.
 * @throws TypeError on one that is never shown.
 */
export function readShown(where: string, names: readonly string[]): ReadonlySet<string> {
  const shown = new Set<string>();
  for (const written of names) {
    const name = written.toLowerCase();
    if (!NAME.test(name) || HIDDEN.test(name))
      throw new TypeError(`${where}: ${JSON.stringify(written)} is never shown to a handler. Leave it out.`);
    shown.add(name);
  }
  return shown;
}

/** The headers of an answer that the handler gets: lower-case names, repeated ones joined by a comma. */
export function showHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  more: ReadonlySet<string>,
): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !(SHOWN.has(name) || more.has(name) || SHOWN_PREFIX.test(name))) continue;
    shown[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return shown;
}
