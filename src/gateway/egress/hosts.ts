import { readHost } from '../../capabilities/http/host.ts';
import type { Profile } from '../../pipeline/settings.ts';

/** One entry of `needs.hosts`, read. */
export interface AllowedHost {
  /** As it was declared. */
  readonly key: string;
  /** Exact name in lower case; of a wildcard, what stands after `*.`. */
  readonly name: string;
  readonly isWildcard: boolean;
  readonly port: number;
  /** Whether what is spoken there is TLS; plain HTTP otherwise. */
  readonly isTls: boolean;
  /** Whether it is a server on this machine, which the dev profile alone reaches. */
  readonly isLoopback: boolean;
}

/** Where a connection is asked for: a name in lower case and a port. */
export interface Destination {
  readonly name: string;
  readonly port: number;
}

const ENTRY = /^(http:\/\/)?(\*\.)?([^/:*]+)(?::([0-9]+))?$/;
const AUTHORITY = /^([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?):([1-9][0-9]{0,4})$/i;
const LOOPBACK = 'localhost';

/**
 * Reads `needs.hosts`: `api.example.com`, `api.example.com:8443`, `*.example.com` for the names one label below, each of them
 * over TLS alone; `http://files.example.com` for plain HTTP; `localhost:4000` for a server on this machine while developing.
 * @throws TypeError that says which entry is wrong, and how to mend it.
 */
export function readHosts(where: string, entries: readonly string[], profile: Profile): readonly AllowedHost[] {
  return entries.map((key) => readEntry(where, key, profile));
}

function readEntry(where: string, key: string, profile: Profile): AllowedHost {
  const [, plain, star, name = '', port] = ENTRY.exec(key) ?? [];
  const isTls = plain === undefined;
  const isWildcard = star !== undefined;
  if (name === LOOPBACK && !isWildcard) {
    if (profile !== 'dev')
      throw new TypeError(`${where}: "${key}" is this machine, which the dev profile alone lets an upstream reach.`);
    if (port === undefined) throw new TypeError(`${where}: "${key}" has no port. Write one, such as "localhost:4000".`);
    return { key, name, isWildcard, port: readPort(where, key, port), isTls, isLoopback: true };
  }
  const wanted = port ?? (isTls ? '443' : '80');
  const host = readHost(where, name === '' ? key : `${name}:${wanted}`);
  return { key, name: host.name, isWildcard, port: host.port, isTls, isLoopback: false };
}

function readPort(where: string, key: string, text: string): number {
  const port = Number(text);
  if (port < 1 || port > 65_535) throw new TypeError(`${where}: "${key}" has no such port.`);
  return port;
}

/**
 * Reads the target of a CONNECT (RFC 9110 section 9.3.6): a name and a port, and nothing that a parser would have to mend. An
 * address in any notation is none, for the last label of a name is no number.
 */
export function readAuthority(text: string): Destination | undefined {
  const [, name, port] = AUTHORITY.exec(text) ?? [];
  if (name === undefined || Number(port) > 65_535) return undefined;
  return { name: name.toLowerCase(), port: Number(port) };
}

/** The entry that lets a destination be reached, by TLS or by plain HTTP. */
export function findHost(
  allowed: readonly AllowedHost[],
  { name, port }: Destination,
  isTls: boolean,
): AllowedHost | undefined {
  return allowed.find(
    (host) =>
      host.isTls === isTls &&
      host.port === port &&
      (host.isWildcard ? parentOf(name) === host.name : host.name === name),
  );
}

/** A name without its first label: a wildcard stands for one label, as in a certificate (RFC 9525 section 6.3). */
function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1);
}
