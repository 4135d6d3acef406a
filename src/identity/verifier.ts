import { configure as configureLifetime } from '../controls/token-lifetime/control.ts';
import { type Denial, deny } from '../pipeline/decision.ts';
import { isForAudience, readClaims, type TokenClaims } from './claims.ts';
import { ABSENT_TYPE, type IssuerPolicy, normalizeType } from './issuer-policy.ts';
import { decodePart } from './json-shape.ts';
import { IssuerUnavailable, type KeySource } from './key-source.ts';

/** A part of the validation that is off, so that its attack can be shown to work. */
export type Weakness = 'audience' | 'lifetime' | 'validation';

/** What every token is measured with, whoever issued it. */
export interface VerifierSettings {
  /** Audiences that mean this server. */
  readonly audiences: readonly string[];
  readonly clockSkewSeconds: number;
  readonly now: () => number;
  readonly weakened: ReadonlySet<Weakness>;
}

type Payload = Readonly<Record<string, unknown>>;

const limited = configureLifetime(true);
const unlimited = configureLifetime(false);

// Each names a key or an extension in the attacker's hands (CVE-2018-0114 and its kin); the issuer's JWKS is the only source.
const REFUSED_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip'] as const;

/**
 * Verifies a compact JWS as an access token of `policy.issuer` for this server (RFC 9068 section 4, RFC 8725):
 * signature, algorithm, type, issuer, audience, dates, lifetime, subject and client.
 */
export async function verifyToken(
  token: string,
  policy: IssuerPolicy,
  keys: KeySource,
  settings: VerifierSettings,
): Promise<TokenClaims | Denial> {
  const header = decodePart(token.slice(0, token.indexOf('.')));
  if (header === undefined) return invalid('the header is not JSON');
  const unsound = settings.weakened.has('validation') ? undefined : headerFault(header, policy);
  if (unsound !== undefined) return invalid(unsound);
  const read = settings.weakened.has('validation')
    ? { payload: decodePart(token.split('.')[1] ?? '') ?? {} }
    : await verifiedPayload(token, policy, keys, settings);
  if (!('payload' in read)) return read;
  const { payload } = read;
  if (!settings.weakened.has('audience') && !isForAudience(payload['aud'], settings.audiences)) {
    return invalid('aud is not exactly this server');
  }
  if (payload['cnf'] !== undefined) return invalid('the token is bound to a key, whose proof is not checked here');
  const claims = readClaims(payload, policy);
  if (typeof claims === 'string') return invalid(claims);
  const lifetime = (settings.weakened.has('lifetime') ? unlimited : limited)(claims, policy.maxTokenAgeSeconds);
  if (lifetime !== undefined) return invalid(lifetime);
  return claims;
}

function headerFault(header: Payload, policy: IssuerPolicy): string | undefined {
  const refused = REFUSED_HEADERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) return `the header has ${refused}`;
  const { typ } = header;
  if (typ === undefined) return policy.types.has(ABSENT_TYPE) ? undefined : 'typ is missing';
  const type = typeof typ === 'string' ? normalizeType(typ) : ABSENT_TYPE;
  return type !== ABSENT_TYPE && policy.types.has(type) ? undefined : 'typ is not that of an access token';
}

/** jose comes with the first token: it costs a server that waits for one 10 MB. */
async function verifiedPayload(
  token: string,
  policy: IssuerPolicy,
  keys: KeySource,
  settings: VerifierSettings,
): Promise<{ readonly payload: Payload } | Denial> {
  const { errors, jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, (header, jws) => keys.resolve(header, jws), {
      algorithms: [...policy.algorithms],
      issuer: policy.issuer,
      requiredClaims: ['sub', 'aud', 'exp', 'iat'],
      clockTolerance: settings.clockSkewSeconds,
      currentDate: new Date(settings.now()),
    });
    const seconds = Math.floor(settings.now() / 1000);
    if (typeof payload.iat === 'number' && payload.iat > seconds + settings.clockSkewSeconds) {
      return invalid('iat is in the future');
    }
    return { payload };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return deny('TOKEN_EXPIRED');
    if (error instanceof errors.JOSEError) return invalid(`${error.code}: ${error.message}`);
    return refusal(error);
  }
}

function refusal(error: unknown): Denial {
  if (error instanceof IssuerUnavailable) {
    return deny('ISSUER_UNAVAILABLE', { retryAfter: error.retryAfter, detail: causeOf(error) });
  }
  return invalid('verification failed');
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function invalid(detail: string): Denial {
  return deny('TOKEN_INVALID', { detail });
}
