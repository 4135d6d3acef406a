import ipaddr from 'ipaddr.js';
import { readRanges, type AllowedRanges } from '../../capabilities/http/address.ts';
import { SYSTEM_NETWORK, type Network } from '../../capabilities/http/connect.ts';
import { readHost } from '../../capabilities/http/host.ts';
import type { Profile } from '../../pipeline/settings.ts';
import { isSensitive } from '../../schema/header-annotations.ts';
import { findCredential } from '../../text/credential-shape.ts';

/** Where an upstream is: one URL, and the addresses at which its host may be. */
export interface Place {
  readonly url: string;
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  readonly ranges: AllowedRanges;
  readonly network: Network;
}

const LOOPBACK: AllowedRanges = [ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('::1/128')];
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const LONGEST = 2_048;
const PARTS = /^(https?):\/\/([^/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/;
const UNREADABLE = /[^\x21-\x7e]|\\/;

/** The places in an upstream's options that say where it is. */
export interface PlaceOptions {
  readonly url?: string;
  readonly addresses?: readonly string[];
}

/**
 * Reads where an upstream is: https on an exact host name at public addresses, or at private ones that the deployment names; on
 * loopback also http, while developing.
 * @throws TypeError that says what is wrong with it and how to mend it.
 */
export function readPlace(
  id: string,
  { url: text = '', addresses = [] }: PlaceOptions,
  network: Network = SYSTEM_NETWORK,
): Place {
  const where = `upstreams.${id}.url`;
  const refuse = (why: string): never => {
    throw new TypeError(`${where}: ${why}`);
  };
  const [, scheme = '', authority = '', path = '/', query] = PARTS.exec(text) ?? [];
  if (authority === '' || text.length > LONGEST || UNREADABLE.test(text))
    return refuse('give an absolute URL, such as "https://mcp.example.com/mcp", without user, fragment or blanks.');
  if (authority.includes('@')) return refuse('it holds a user. A credential goes under "credential".');
  if (holdsCredential(path, query ?? ''))
    return refuse('it holds a credential. That goes under "credential", which is never shown.');
  const url = URL.parse(text);
  const isSame = url?.host === authority.replace(scheme === 'https' ? /:443$/ : /:80$/, '');
  if (url === null || !isSame || url.pathname !== path)
    return refuse(
      'write it as it is sent: lower-case host, no dot segments, nothing that a parser would have to mend.',
    );
  const shared = { url: url.href, origin: url.origin, path: url.pathname + url.search };
  if (isLoopback(url)) {
    if (scheme === 'https' && url.hostname !== 'localhost') return refuse('over https write "localhost" for loopback.');
    return { ...shared, ranges: LOOPBACK, network: onLoopback(network) };
  }
  if (scheme !== 'https') return refuse('give https; http is for loopback, in the dev profile.');
  readHost(where, url.port === '' ? url.hostname : `${url.hostname}:${url.port}`);
  return { ...shared, ranges: readRanges(`upstreams.${id}.addresses`, addresses), network };
}

/**
 * INVARIANT: nothing behind a production gateway is reached on loopback, where any program of the machine may answer.
 * @throws TypeError when the profile does not allow the place.
 */
export function insistOnProfile(id: string, { url }: Place, profile: Profile): void {
  if (profile !== 'dev' && isLoopback(new URL(url)))
    throw new TypeError(
      `upstreams.${id}.url: loopback is for the dev profile. Start the server as a command, or give it an https URL.`,
    );
}

function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK_HOST.test(hostname);
}

/** INVARIANT: `localhost` is loopback (RFC 6761 section 6.3), whatever a resolver says of it. */
function onLoopback(network: Network): Network {
  return {
    dial: (address, port) => network.dial(address, port),
    resolve: () => Promise.resolve(['127.0.0.1', '::1']),
  };
}

/** It would stand in the lock, in the manifest and in lists. */
function holdsCredential(path: string, query: string): boolean {
  const parameters = [...new URLSearchParams(query)];
  const texts = [path, query, ...parameters.map(([, value]) => value)];
  return parameters.some(([name]) => isSensitive(name)) || texts.some((text) => findCredential(text) !== undefined);
}
