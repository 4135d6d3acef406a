import { randomBytes } from 'node:crypto';
import { refuseUnknownOptions } from '../options.ts';
import { isLoopbackHost, parseResource } from './resource.ts';
import { createScopeRegistry } from './scopes.ts';

/** A demo account. */
export interface DevUser {
  readonly name: string;
  readonly password: string;
}

/** A client that needs no registration; always public, always with PKCE. */
export interface DevClient {
  readonly clientId: string;
  readonly name?: string;
  readonly redirectUris: readonly string[];
}

/** What the development authorization server is made of. */
export interface DevAuthorizationServerOptions {
  /** Must be `dev`: this server shows its passwords. */
  readonly profile: 'dev';
  /** Must be `127.0.0.1`. */
  readonly host: '127.0.0.1';
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Canonical URL of the MCP server: the one resource that tokens are issued for. */
  readonly resource: string;
  /** Every scope, with the sentence that the consent page shows. */
  readonly scopes: Readonly<Record<string, string>>;
  /** `alice` and `bob` by default. A user without a password gets a random one. */
  readonly users?: readonly { readonly name: string; readonly password?: string }[];
  readonly clients?: readonly DevClient[];
  /** Life of an access token; 300 by default, 600 at most. */
  readonly accessTokenSeconds?: number;
}

/** The options, checked and completed. */
export interface DevSettings {
  readonly host: string;
  readonly port: number;
  readonly resource: string;
  readonly scopes: ReadonlyMap<string, string>;
  readonly users: readonly DevUser[];
  readonly clients: readonly DevClient[];
  readonly accessTokenSeconds: number;
}

const OPTIONS: readonly string[] = [
  'profile',
  'host',
  'port',
  'resource',
  'scopes',
  'users',
  'clients',
  'accessTokenSeconds',
];

/**
 * Checks the options of the development authorization server.
 *
 * @throws TypeError in another profile than `dev`, on another host than 127.0.0.1, and for any other fault.
 */
export function parseDevOptions(options: DevAuthorizationServerOptions): DevSettings {
  const where = 'startDevAuthorizationServer';
  refuseUnknownOptions(where, options, OPTIONS);
  const { profile, host, port = 0, accessTokenSeconds = 300 }: Readonly<Record<string, unknown>> = { ...options };
  if (profile !== 'dev') throw new TypeError(`${where}: it shows its passwords, so it runs in the profile "dev" only`);
  if (host !== '127.0.0.1') throw new TypeError(`${where}: host must be "127.0.0.1"`);
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`${where}: port must be a whole number from 0 to 65535`);
  }
  if (typeof accessTokenSeconds !== 'number' || !(accessTokenSeconds >= 1 && accessTokenSeconds <= 600)) {
    throw new TypeError(`${where}: accessTokenSeconds must be a number from 1 to 600`);
  }
  createScopeRegistry({ scopes: options.scopes });
  const clients = options.clients ?? [];
  for (const client of clients) for (const uri of client.redirectUris) assertRedirectUri(uri);
  return Object.freeze({
    host,
    port,
    resource: parseResource(options.resource),
    scopes: new Map(Object.entries(options.scopes)),
    users: parseUsers(options.users ?? [{ name: 'alice' }, { name: 'bob' }]),
    clients: structuredClone(clients),
    accessTokenSeconds,
  });
}

function parseUsers(users: readonly { readonly name: string; readonly password?: string }[]): readonly DevUser[] {
  if (users.length === 0) throw new TypeError('users: name at least one user');
  return Object.freeze(
    users.map(({ name, password }) => {
      if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
        throw new TypeError(`users: "${name}" must be lower-case letters, digits, dots, dashes or underscores`);
      }
      return Object.freeze({ name, password: password ?? randomBytes(6).toString('base64url') });
    }),
  );
}

/**
 * Checks a redirect URI: https, or http on loopback (MCP 2026-07-28 security-considerations#communication-security).
 *
 * @throws TypeError for anything else.
 */
export function assertRedirectUri(uri: string): void {
  const url = URL.parse(uri);
  const sound =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) &&
    url.username === '' &&
    url.password === '' &&
    !uri.includes('#');
  if (!sound) throw new TypeError('redirect_uris must be https, or http on a loopback host, without a fragment');
}
