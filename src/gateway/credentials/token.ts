import { decodeJwt, type JWTPayload } from 'jose';
import type * as oauth from 'oauth4webapi';
import { configure, type AskedToken, type OAuthClientRules } from '../../controls/oauth-client/control.ts';
import { Trouble } from './trouble.ts';

/** An access token for an upstream. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly obtained: number;
  /** After this it is not used any more: a while before it ends. */
  readonly usableUntil: number;
}

const CAREFUL = configure(new Set());
const DEFAULT_SECONDS = 300;
const LONGEST_SECONDS = 86_400;
/** It cannot stand in a header otherwise (RFC 6750 section 2.1). */
const VALUE = /^[A-Za-z0-9\-._~+/]{1,16384}=*$/;

/**
 * Checks what a token endpoint gave: a bearer token, for this audience alone, with no more scope than was asked for. A
 * token that says more would be good for more, wherever the upstream takes it.
 * @throws Trouble
 */
export function readToken(
  response: oauth.TokenEndpointResponse,
  asked: AskedToken,
  rules: OAuthClientRules = CAREFUL,
): Token {
  const token = bearerToken(response);
  const problem = rules.tokenProblem({ claims: claimsOf(token.value), scope: response.scope }, asked);
  if (problem !== undefined) throw new Trouble(problem);
  return token;
}

/**
 * A bearer token as it came, whatever it is good for, with how long it can be used.
 * @throws Trouble
 */
export function bearerToken(response: oauth.TokenEndpointResponse): Token {
  const { access_token: value, token_type: type, expires_in: seconds } = response;
  if (type !== 'bearer') throw new Trouble('the token is no bearer token');
  if (!VALUE.test(value)) throw new Trouble('the token cannot stand in a header');
  const claims = claimsOf(value);
  const obtained = Date.now();
  const lives = Math.min(seconds ?? DEFAULT_SECONDS, LONGEST_SECONDS);
  const ends = obtained + 1000 * lives;
  const until = claims?.exp === undefined ? ends : Math.min(ends, claims.exp * 1000);
  const spare = Math.min(30_000, (until - obtained) / 10);
  return { value, obtained, usableUntil: until - spare };
}

/** The claims of a token that can be read; `undefined` for one that cannot. */
export function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** The header of a token. */
export function bearer({ value }: Token): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${value}` };
}
