import type { Profile } from '../../../pipeline/settings.ts';
import { refuseUnknownOptions } from '../../../options.ts';
import type { PostgresSource } from '../../capability.ts';

/** Where a PostgreSQL source is, checked. */
export interface PostgresPlace {
  /** Host, or the folder of the socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Name of a secret. */
  readonly password: string | undefined;
  readonly tls: false | { readonly rejectUnauthorized: true; readonly ca?: string };
  readonly connections: number;
}

const OPTIONS = ['host', 'socket', 'port', 'database', 'user', 'password', 'tls', 'connections'] as const;
const MOST_CONNECTIONS = 200;

/**
 * Reads what a deployment says of a PostgreSQL source.
 * @throws TypeError that names the option: a value that is not valid, a plain connection to another machine.
 */
export function readPlace(name: string, { postgres, ...rest }: PostgresSource, profile: Profile): PostgresPlace {
  const where = `sources.${name}.postgres`;
  const [stray] = Object.keys(rest);
  if (stray !== undefined) throw new TypeError(`sources.${name}: "${stray}" has no meaning beside "postgres".`);
  refuseUnknownOptions(where, postgres, OPTIONS);
  const { host, socket, port = 5432, database, user, password, tls = false, connections = 10 } = postgres;
  if (host !== undefined && socket !== undefined) throw new TypeError(`${where}: give "host" or "socket", not both.`);
  if (socket?.startsWith('/') === false) throw new TypeError(`${where}.socket: give an absolute folder.`);
  const at = socket ?? host ?? '127.0.0.1';
  for (const [option, value] of Object.entries({ host: at, database, user }))
    if (typeof value !== 'string' || !/^[^\0\s]{1,255}$/.test(value))
      throw new TypeError(`${where}.${option}: missing.`);
  if (!Number.isSafeInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`${where}.port: give a whole number from 1 to 65535.`);
  if (!Number.isSafeInteger(connections) || connections < 1 || connections > MOST_CONNECTIONS)
    throw new TypeError(`${where}.connections: give a whole number from 1 to ${MOST_CONNECTIONS}.`);
  if (profile === 'production' && tls === false && !isHere(at)) {
    throw new TypeError(
      `${where}.tls: missing. The password and every row would cross the network readable. Set tls: true.`,
    );
  }
  return Object.freeze({ host: at, port, database, user, password, tls: readTls(where, tls), connections });
}

function readTls(where: string, tls: NonNullable<PostgresSource['postgres']['tls']>): PostgresPlace['tls'] {
  if (typeof tls === 'boolean') return tls ? { rejectUnauthorized: true } : false;
  if (typeof tls.ca !== 'string' || !tls.ca.includes('BEGIN CERTIFICATE'))
    throw new TypeError(`${where}.tls.ca: give the PEM text of the authority's certificate.`);
  return { rejectUnauthorized: true, ca: tls.ca };
}

/** A socket, or an address of this machine. */
function isHere(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
