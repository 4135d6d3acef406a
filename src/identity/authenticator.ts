import { type Denial, deny, type MaybePromise } from '../pipeline/decision.ts';
import type { Principal } from '../pipeline/principal.ts';
import { bearerToken, isCompactJws } from './bearer.ts';
import type { TokenClaims } from './claims.ts';
import { createJsonFetcher } from './fetch-json.ts';
import { type IssuerOptions, type IssuerPolicy, parseIssuer } from './issuer-policy.ts';
import { decodePart } from './json-shape.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { refuseUnknownOptions } from '../options.ts';
import { credentialId, principalId } from './principal-id.ts';
import { audiencesOf, parseResource } from './resource.ts';
import { createRevocations } from './revocations.ts';
import { createScopeExpansion, type ScopeExpansion, type ScopeHierarchy } from './scopes.ts';
import { type Authenticated, createTokenCache } from './token-cache.ts';
import { type VerifierSettings, verifyToken, type Weakness } from './verifier.ts';

export type { IssuerOptions } from './issuer-policy.ts';

/** How access tokens are accepted. */
export interface AuthenticatorOptions {
  /** Canonical URL of this server (RFC 8707): the one accepted audience. */
  readonly resource: string;
  readonly issuers: readonly IssuerOptions[];
  /** Which broader scope implies which narrower ones, transitively. */
  readonly hierarchy?: ScopeHierarchy;
  /** Tolerated difference between the clocks; 5 by default, 60 at most. */
  readonly clockSkewSeconds?: number;
  /** Verified tokens kept in memory; 10,000 by default, 0 for none. */
  readonly cacheSize?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Turns a part of the validation off, to show its attack working. Never for a server in use. */
  readonly weakened?: ReadonlySet<Weakness>;
}

/** A verified caller, or a refusal. */
export type Authentication = Authenticated | Denial;

/** Turns the `Authorization` header of a request into a principal. */
export interface Authenticator {
  /**
   * Verifies a bearer token; at once when it was verified within the last minute, else by a promise that never rejects.
   * A request with several `Authorization` headers must be refused before. `connection` stands for what the request came
   * over: a header that is the same as its last one need not be hashed again.
   */
  authenticate(authorization: string | undefined, connection?: object): MaybePromise<Authentication>;
  /** Refuses the token with this `Principal.credential` from now on. */
  revokeCredential(credential: string): void;
  /** Refuses every token that was issued to this `Principal.id` until now. */
  revokePrincipal(id: string): void;
  /** Fetches the issuers' keys ahead of the first request; resolves also when an issuer cannot be reached. */
  warm(): Promise<void>;
  /** Whether the keys of at least one issuer are at hand; asking when none are makes another attempt. */
  readonly ready: boolean;
  close(): Promise<void>;
}

/** The header that passed last on a connection, and the key of its token. */
interface Presented {
  readonly authorization: string;
  readonly credential: string;
}

interface Verifier {
  readonly policy: IssuerPolicy;
  readonly keys: KeySource;
}

const MISSING = Object.freeze(deny('TOKEN_MISSING'));
const NOT_BEARER = Object.freeze(deny('TOKEN_INVALID', { detail: 'the header is not one bearer token' }));
const NOT_A_JWS = Object.freeze(deny('TOKEN_INVALID', { detail: 'the token is not a signed JWT' }));
const FOREIGN = Object.freeze(deny('TOKEN_INVALID', { detail: 'the issuer is not one of ours' }));
const REVOKED = Object.freeze(deny('TOKEN_INVALID', { detail: 'the token or its principal was revoked' }));

/**
 * Verifies access tokens of the configured issuers for one resource (RFC 9068, RFC 8725).
 *
 * @throws TypeError that names the option at fault.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { settings, cacheSize, policies, expand } = parseOptions(options);
  const { now, weakened } = settings;
  const cache = createTokenCache(cacheSize);
  const longest = Math.max(...policies.map((policy) => policy.maxTokenAgeSeconds));
  const revocations = createRevocations((longest + 2 * settings.clockSkewSeconds) * 1000, settings.clockSkewSeconds);
  const fetcher = createJsonFetcher();
  const verifiers = new Map(
    policies.map((policy): [string, Verifier] => {
      const rotated = (): void => {
        cache.dropWhere((principal) => principal.issuer === policy.issuer);
      };
      return [policy.issuer, { policy, keys: createKeySource(policy, fetcher, now, rotated) }];
    }),
  );
  const inFlight = new Map<string, Promise<Authentication>>();
  const presented = new WeakMap<object, Presented>();

  function verifierFor(token: string): Verifier | undefined {
    // The unverified issuer chooses who verifies, nothing more: the verifier compares it again under the signature.
    const issuer = decodePart(token.split('.')[1] ?? '')?.['iss'];
    const verifier = typeof issuer === 'string' ? verifiers.get(issuer) : undefined;
    return verifier ?? (weakened.has('validation') ? verifiers.values().next().value : undefined);
  }

  async function verify(token: string, credential: string, { policy, keys }: Verifier): Promise<Authentication> {
    const claims = await verifyToken(token, policy, keys, settings);
    if ('pass' in claims) return claims;
    const principal = principalOf(claims, policy, credential, expand);
    if (revocations.covers(credential, principal.id, claims.issuedAt)) return REVOKED;
    const authenticated: Authenticated = Object.freeze({ pass: true, principal });
    cache.put(authenticated, now());
    return authenticated;
  }

  function authenticate(authorization: string | undefined, connection?: object): MaybePromise<Authentication> {
    if (authorization === undefined) return MISSING;
    const last = connection === undefined ? undefined : presented.get(connection);
    if (last?.authorization === authorization) {
      const cached = cache.get(last.credential, now());
      if (cached !== undefined) return cached;
    }
    const token = bearerToken(authorization);
    if (token === undefined) return NOT_BEARER;
    const credential = credentialId(token);
    const cached = cache.get(credential, now());
    if (cached !== undefined) {
      if (connection !== undefined) presented.set(connection, { authorization, credential });
      return cached;
    }
    if (!isCompactJws(token) && !weakened.has('validation')) return NOT_A_JWS;
    const verifier = verifierFor(token);
    if (verifier === undefined) return FOREIGN;
    const earlier = inFlight.get(credential);
    if (earlier !== undefined) return earlier;
    const verification = verify(token, credential, verifier).finally(() => inFlight.delete(credential));
    inFlight.set(credential, verification);
    return verification;
  }

  return Object.freeze({
    authenticate,
    revokeCredential(credential: string): void {
      revocations.revokeCredential(credential, now());
      cache.drop(credential);
    },
    revokePrincipal(id: string): void {
      revocations.revokePrincipal(id, now());
      cache.dropWhere((principal) => principal.id === id);
    },
    async warm(): Promise<void> {
      await Promise.all([...verifiers.values()].map(({ keys }) => keys.warm()));
    },
    get ready(): boolean {
      return [...verifiers.values()].filter(({ keys }) => keys.ready).length > 0;
    },
    close: () => fetcher.close(),
  });
}

function principalOf(claims: TokenClaims, policy: IssuerPolicy, credential: string, expand: ScopeExpansion): Principal {
  return Object.freeze({
    id: principalId(policy.issuer, claims.tenant, claims.subject),
    issuer: policy.issuer,
    subject: claims.subject,
    ...(claims.tenant !== undefined && { tenant: claims.tenant }),
    client: claims.client,
    scopes: expand(claims.scopes),
    expiresAt: claims.expiresAt * 1000,
    credential,
  });
}

interface Parsed {
  readonly settings: VerifierSettings;
  readonly cacheSize: number;
  readonly policies: readonly IssuerPolicy[];
  readonly expand: ScopeExpansion;
}

const OPTIONS: readonly string[] = [
  'resource',
  'issuers',
  'hierarchy',
  'clockSkewSeconds',
  'cacheSize',
  'now',
  'weakened',
];

function parseOptions(options: AuthenticatorOptions): Parsed {
  refuseUnknownOptions('createAuthenticator', options, OPTIONS);
  const policies = options.issuers.map(parseIssuer);
  if (policies.length === 0) throw new TypeError('issuers: name at least one issuer');
  if (new Set(policies.map((policy) => policy.issuer)).size !== policies.length) {
    throw new TypeError('issuers: each issuer may be named once');
  }
  return {
    settings: Object.freeze({
      audiences: audiencesOf(parseResource(options.resource)),
      clockSkewSeconds: wholeNumber('clockSkewSeconds', options.clockSkewSeconds ?? 5, 60),
      now: options.now ?? Date.now,
      weakened: new Set(options.weakened),
    }),
    cacheSize: wholeNumber('cacheSize', options.cacheSize ?? 10_000, 1_000_000),
    policies,
    expand: createScopeExpansion(options.hierarchy),
  };
}

function wholeNumber(option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new TypeError(`${option} must be a whole number from 0 to ${most}`);
}
