import assert from 'node:assert/strict';
import { randomBytes, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { TestContext } from 'node:test';
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import * as oidc from 'oidc-provider';
import { isObject } from '../../src/protocol/json.ts';
import { atEnd, listen } from './interop.ts';

/** An authorization server for machines: client credentials and token exchange, for several resources. */
export interface MachineAuthority {
  readonly issuer: string;
  /** Bodies of the requests to the token endpoint, in order. */
  readonly asked: URLSearchParams[];
  /** Signs a token as this server does, for somebody and some resource. */
  mint(claims: Readonly<Record<string, unknown>>, typ?: string): Promise<string>;
  /** Changes the claims of what an exchange gives. */
  exchanged: (claims: Readonly<Record<string, unknown>>, subject: string) => Readonly<Record<string, unknown>> | string;
  /** Public keys of another, whose assertions are taken as subjects. */
  trusted: { readonly keys: readonly JWK[] };
  /** From now on it does not answer. */
  stop(): Promise<void>;
}

/** A client with a password, or with a key. */
export interface MachineClient {
  readonly id: string;
  readonly secret?: string;
  readonly jwk?: JWK;
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Starts one; it ends with the test. */
export async function startMachineAuthority(
  t: TestContext,
  resources: readonly string[],
  clients: readonly MachineClient[],
  scopes = 'things:read things:write',
): Promise<MachineAuthority> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'one' };
  const key = await importJWK(jwk, 'ES256');
  const { d: _, ...open } = jwk;
  const server = createServer();
  const origin = await listen(server);
  const asked: URLSearchParams[] = [];
  const provider = new oidc.Provider(origin, {
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    routes: { token: '/token' },
    scopes: scopes.split(' '),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: clients.map(({ id, secret, jwk: own }) => ({
      client_id: id,
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials', EXCHANGE],
      scope: scopes,
      ...(own === undefined
        ? { client_secret: secret ?? '', token_endpoint_auth_method: 'client_secret_basic' }
        : { jwks: { keys: [own] }, token_endpoint_auth_method: 'private_key_jwt' }),
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_context: unknown, indicator: string) {
          if (!resources.includes(indicator)) throw new oidc.errors.InvalidTarget('no such resource');
          return {
            scope: scopes,
            audience: indicator,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 300,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
  });
  const authority: { -readonly [K in keyof MachineAuthority]: MachineAuthority[K] } = {
    issuer: origin,
    asked,
    mint: (claims, typ = 'at+jwt') => mint(key, { iss: origin, ...claims }, typ),
    exchanged: (claims) => claims,
    trusted: { keys: [] },
    stop: () => stop(server),
  };
  Reflect.apply(Reflect.get(provider, 'registerGrantType'), provider, [
    EXCHANGE,
    async (context: Exchanging) => {
      const { subject_token: subject = '', resource = '', scope = '' } = context.oidc.params;
      // As RFC 8693 section 2.1: the subject is verified, wherever it may be used.
      const keys = createLocalJWKSet({ keys: [open, ...authority.trusted.keys] });
      const { payload } = await jwtVerify(subject, keys);
      const claims = {
        sub: payload.sub,
        aud: resource,
        scope,
        client_id: context.oidc.client.clientId,
        act: { sub: context.oidc.client.clientId },
      };
      const made = authority.exchanged(claims, subject);
      const token = typeof made === 'string' ? made : await authority.mint(made);
      context.body = {
        access_token: token,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 300,
      };
    },
    ['subject_token', 'subject_token_type', 'requested_token_type', 'resource', 'scope'],
  ]);
  const serve = provider.callback();
  server.on('request', (request, response) => {
    if (request.method === 'POST' && request.url === '/token') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => asked.push(new URLSearchParams(Buffer.concat(chunks).toString())));
    }
    void serve(request, response);
  });
  atEnd(t, () => stop(server));
  return authority;
}

interface Exchanging {
  readonly oidc: { readonly client: oidc.Client; readonly params: Readonly<Record<string, string>> };
  body: unknown;
}

function mint(
  key: Awaited<ReturnType<typeof importJWK>> | KeyObject,
  claims: Readonly<Record<string, unknown>>,
  typ: string,
): Promise<string> {
  return new SignJWT({ jti: randomBytes(8).toString('hex'), ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The claims of a token in an `authorization` header. */
export function claimsIn(headers: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const [, part = ''] = (headers['authorization'] ?? '').split('.');
  const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  assert.ok(isObject(claims));
  return claims;
}
