import {
  createHmac,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign as signBytes,
} from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** Claims of a token to mint. A claim set to `undefined` is left out, so a default can be removed. */
export interface MintClaims {
  readonly sub?: string | undefined;
  /** Space-separated scopes. */
  readonly scope?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  /** Seconds since the epoch; five minutes after `iat` by default. */
  readonly exp?: number | undefined;
  /** Seconds since the epoch; now by default. */
  readonly iat?: number | undefined;
  readonly nbf?: number | undefined;
  readonly iss?: string | undefined;
  /** `test-client` by default. */
  readonly client_id?: string | undefined;
  readonly [claim: string]: unknown;
}

/** JOSE header of a token to mint. A member set to `undefined` is left out. */
export interface MintHeader {
  /** `HS256` signs with the PEM of the RSA public key as the secret, which is the algorithm-confusion attack. */
  readonly alg?: 'ES256' | 'RS256' | 'HS256' | 'none';
  readonly kid?: string | undefined;
  /** `at+jwt` by default. */
  readonly typ?: string | undefined;
  readonly [member: string]: unknown;
}

/** What a test may ask of the signature. */
export interface MintOptions {
  /** Signs with a key that the issuer never published. */
  readonly foreignKey?: boolean;
}

/** A real issuer on a loopback port: RFC 8414 metadata, OIDC discovery and a JWKS, for tests. */
export interface TestIssuer {
  /** `http://127.0.0.1:<port>` plus the path asked for. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** Paths asked for since the start, in order. */
  readonly requests: readonly string[];
  mint(claims?: MintClaims, header?: MintHeader, options?: MintOptions): Promise<string>;
  /** Replaces the signing keys; the old ones leave the JWKS unless `keepOld`. Gives the new ES256 key id. */
  rotate(options?: { readonly keepOld?: boolean }): Promise<string>;
  /** Public keys as published now. */
  jwks(): { readonly keys: readonly JsonWebKey[] };
  /** From now on every connection is cut without an answer. */
  stop(): void;
  /** Answers again. */
  start(): void;
  /** Answers a path by hand (redirects, wrong types, huge bodies); without a handler the path is normal again. */
  override(path: string, handler?: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

interface SigningKey {
  readonly kid: string;
  readonly alg: 'ES256' | 'RS256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Starts an issuer on a free loopback port. `path` (such as `/tenant1`) becomes part of the issuer identifier. */
export async function startIssuer(options: { readonly path?: string } = {}): Promise<TestIssuer> {
  const path = options.path ?? '';
  const requests: string[] = [];
  const overrides = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  const published = new Map<string, SigningKey>();
  let current = await newKeys();
  let foreign: Promise<Keys> | undefined;
  let answering = true;

  publish(current);

  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    requests.push(url);
    if (!answering) {
      request.socket.destroy();
      return;
    }
    const custom = overrides.get(url);
    if (custom !== undefined) {
      custom(request, response);
      return;
    }
    const body = documents().get(url);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? {}));
  });
  const origin = await listen(server);
  const issuer = `${origin}${path}`;
  const jwksUri = `${issuer}/jwks`;

  function publish(keys: Keys): void {
    published.set(keys.ES256.kid, keys.ES256);
    published.set(keys.RS256.kid, keys.RS256);
  }

  function jwks(): { readonly keys: readonly JsonWebKey[] } {
    return {
      keys: [...published.values()].map((key) => ({
        ...key.publicKey.export({ format: 'jwk' }),
        kid: key.kid,
        alg: key.alg,
        use: 'sig',
      })),
    };
  }

  function documents(): Map<string, unknown> {
    const metadata = {
      issuer,
      jwks_uri: jwksUri,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    };
    return new Map<string, unknown>([
      [`/.well-known/oauth-authorization-server${path}`, metadata],
      [`${path}/.well-known/openid-configuration`, metadata],
      [`${path}/jwks`, jwks()],
    ]);
  }

  return {
    issuer,
    jwksUri,
    requests,
    jwks,
    async mint(claims = {}, header = {}, mintOptions = {}) {
      const alg = header.alg ?? 'ES256';
      const keys = mintOptions.foreignKey === true ? await (foreign ??= newKeys()) : current;
      const key = alg === 'RS256' || alg === 'HS256' ? keys.RS256 : keys.ES256;
      const kid = mintOptions.foreignKey === true ? (alg === 'RS256' ? current.RS256 : current.ES256).kid : key.kid;
      const iat = claims.iat ?? Math.floor(Date.now() / 1000);
      const defaults = { iss: issuer, sub: 'alice', client_id: 'test-client', iat, exp: iat + 300, jti: randomUUID() };
      const input = `${encode({ typ: 'at+jwt', kid, ...header, alg })}.${encode({ ...defaults, ...claims })}`;
      return `${input}.${signature(input, alg, key)}`;
    },
    async rotate(rotation = {}) {
      current = await newKeys();
      if (rotation.keepOld !== true) published.clear();
      publish(current);
      return current.ES256.kid;
    },
    stop() {
      answering = false;
      server.closeAllConnections();
    },
    start() {
      answering = true;
    },
    override(at, handler) {
      if (handler === undefined) overrides.delete(at);
      else overrides.set(at, handler);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

interface Keys {
  readonly ES256: SigningKey;
  readonly RS256: SigningKey;
}

async function newKeys(): Promise<Keys> {
  const [ec, rsa] = await Promise.all([
    generate('ec', { namedCurve: 'P-256' }),
    generate('rsa', { modulusLength: 2048 }),
  ]);
  return {
    ES256: { kid: randomUUID(), alg: 'ES256', ...ec },
    RS256: { kid: randomUUID(), alg: 'RS256', ...rsa },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(input: string, alg: string, key: SigningKey): string {
  if (alg === 'none') return '';
  const bytes = Buffer.from(input);
  if (alg === 'HS256') {
    const secret = key.publicKey.export({ format: 'pem', type: 'spki' });
    return createHmac('sha256', secret).update(bytes).digest('base64url');
  }
  return signBytes('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the issuer has no port'));
      else resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
