import { refuseUnknownOptions } from '../options.ts';
import { isSecureUrl } from './resource.ts';

/** An authorization server whose tokens are accepted. */
export interface IssuerOptions {
  /** Issuer identifier, compared exactly with `iss`. */
  readonly issuer: string;
  /** Where its keys are; found by RFC 8414 or OIDC discovery, on the issuer's own origin, when left out. */
  readonly jwksUri?: string;
  /** There is no such option: the audience is the `resource` of the server, and nothing else. */
  readonly audience?: never;
  /** Accepted signature algorithms; asymmetric only. */
  readonly algorithms?: readonly string[];
  /** Longest accepted `exp - iat`; 900 by default, 3600 at most. */
  readonly maxTokenAgeSeconds?: number;
  /** The claim that names the tenant. When it is set, a token without it is refused. */
  readonly tenantClaim?: string;
  /** The claim that names the OAuth client; `client_id`, then `azp`, by default. */
  readonly clientClaim?: string;
  /** The claim that holds the scopes, as a space-separated string or an array; `scope` by default. */
  readonly scopeClaim?: string;
  /** Accepted `typ` headers; `at+jwt` by default (RFC 9068). `absent` stands for a token without one. */
  readonly types?: readonly string[];
}

/** What a token of one issuer must satisfy. */
export interface IssuerPolicy {
  readonly issuer: string;
  readonly jwksUri: string | undefined;
  readonly algorithms: readonly string[];
  readonly maxTokenAgeSeconds: number;
  readonly tenantClaim: string | undefined;
  readonly clientClaims: readonly string[];
  readonly scopeClaim: string;
  readonly types: ReadonlySet<string>;
}

/** The value of `types` that stands for a token without a `typ` header. */
export const ABSENT_TYPE = 'absent';

const ASYMMETRIC: readonly string[] = Object.freeze([
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
]);

const OPTIONS: readonly string[] = [
  'issuer',
  'jwksUri',
  'algorithms',
  'maxTokenAgeSeconds',
  'tenantClaim',
  'clientClaim',
  'scopeClaim',
  'types',
];

/**
 * Checks and completes the options of one issuer.
 *
 * @throws TypeError that names the option.
 */
export function parseIssuer(options: IssuerOptions): IssuerPolicy {
  if ('audience' in options) {
    throw new TypeError('issuers: "audience" is not an option; a token must name the "resource" of this server alone');
  }
  refuseUnknownOptions('issuers', options, OPTIONS);
  const maxTokenAgeSeconds = options.maxTokenAgeSeconds ?? 900;
  if (!Number.isInteger(maxTokenAgeSeconds) || maxTokenAgeSeconds < 1 || maxTokenAgeSeconds > 3600) {
    throw new TypeError('issuers: maxTokenAgeSeconds must be a whole number from 1 to 3600');
  }
  return Object.freeze({
    issuer: parseIssuerUrl(options.issuer),
    jwksUri: options.jwksUri === undefined ? undefined : parseJwksUri(options.jwksUri),
    algorithms: parseAlgorithms(options.algorithms ?? ASYMMETRIC),
    maxTokenAgeSeconds,
    tenantClaim: options.tenantClaim === undefined ? undefined : claimName('tenantClaim', options.tenantClaim),
    clientClaims:
      options.clientClaim === undefined ? ['client_id', 'azp'] : [claimName('clientClaim', options.clientClaim)],
    scopeClaim: claimName('scopeClaim', options.scopeClaim ?? 'scope'),
    types: parseTypes(options.types ?? ['at+jwt']),
  });
}

/** RFC 8414 section 2: https, no query, no fragment. */
function parseIssuerUrl(issuer: string): string {
  const url = URL.parse(issuer);
  if (url === null || !isSecureUrl(url) || /[?#]/.test(issuer) || url.username !== '' || url.password !== '') {
    throw new TypeError(
      `issuers: ${JSON.stringify(issuer)} is not an issuer identifier: https (http on loopback), no query, no fragment`,
    );
  }
  return issuer;
}

function parseJwksUri(jwksUri: string): string {
  const url = URL.parse(jwksUri);
  if (url === null || !isSecureUrl(url)) {
    throw new TypeError(`issuers: jwksUri ${JSON.stringify(jwksUri)} must be https; http is for loopback hosts only`);
  }
  return jwksUri;
}

function parseAlgorithms(algorithms: readonly string[]): readonly string[] {
  if (algorithms.length === 0) throw new TypeError('issuers: algorithms must name at least one algorithm');
  for (const algorithm of algorithms) {
    if (ASYMMETRIC.includes(algorithm)) continue;
    throw new TypeError(`issuers: algorithm "${algorithm}" is refused; use one of ${ASYMMETRIC.join(', ')}`);
  }
  return Object.freeze([...algorithms]);
}

function parseTypes(types: readonly string[]): ReadonlySet<string> {
  if (types.length === 0) throw new TypeError('issuers: types must name at least one token type');
  return new Set(types.map(normalizeType));
}

/** RFC 7515 section 4.1.9: case-insensitive, `application/` may be left out. */
export function normalizeType(type: string): string {
  return type.toLowerCase().replace(/^application\//, '');
}

function claimName(option: string, name: string): string {
  if (name === '') throw new TypeError(`issuers: ${option} must not be empty`);
  return name;
}
