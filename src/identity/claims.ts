import type { IssuerPolicy } from './issuer-policy.ts';
import { isScopeToken } from './scopes.ts';

/** What an access token says, read strictly. */
export interface TokenClaims {
  readonly subject: string;
  readonly tenant: string | undefined;
  readonly client: string;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

type Payload = Readonly<Record<string, unknown>>;

const MAX_NAME = 512;
const MAX_SCOPES = 256;

/** Reads the claims of a verified payload; a string is the reason why it is refused, for the log. */
export function readClaims(payload: Payload, policy: IssuerPolicy): TokenClaims | string {
  const { exp, iat } = payload;
  if (!isNumericDate(exp)) return 'exp is missing or not a number';
  if (!isNumericDate(iat)) return 'iat is missing or not a number';
  const subject = nameIn(payload, 'sub');
  if (subject === undefined) return 'sub is missing';
  const tenant = policy.tenantClaim === undefined ? undefined : nameIn(payload, policy.tenantClaim);
  if (policy.tenantClaim !== undefined && tenant === undefined) return 'the tenant claim is missing';
  const client = policy.clientClaims.map((claim) => nameIn(payload, claim)).find((name) => name !== undefined);
  if (client === undefined) return 'the client claim is missing';
  const scopes = readScopes(payload[policy.scopeClaim]);
  if (scopes === undefined) return 'the scope claim is malformed';
  return { subject, tenant, client, scopes, issuedAt: iat, expiresAt: exp };
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function nameIn(payload: Payload, claim: string): string | undefined {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME ? value : undefined;
}

function readScopes(claim: unknown): readonly string[] | undefined {
  if (claim === undefined || claim === '') return [];
  const names: unknown = typeof claim === 'string' ? claim.split(' ') : claim;
  if (!Array.isArray(names) || names.length > MAX_SCOPES) return undefined;
  const scopes = names.filter((name: unknown): name is string => typeof name === 'string' && isScopeToken(name));
  return scopes.length === names.length ? scopes : undefined;
}

/**
 * Whether `aud` names one of `accepted` and nothing else: a token that other servers accept too could have come here
 * from one of them (RFC 8707 section 2; MCP 2026-07-28 security-considerations#access-token-privilege-restriction).
 */
export function isForAudience(aud: unknown, accepted: readonly string[]): boolean {
  const value: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  return typeof value === 'string' && accepted.includes(value);
}
