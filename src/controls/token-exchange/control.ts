import { isForAudience } from '../../identity/claims.ts';
import { isObject } from '../../protocol/json.ts';

/** What an exchange gave. */
export interface Exchanged {
  readonly token: string;
  /** Its claims; absent where it cannot be read. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** The scope that stands beside it in the answer. */
  readonly scope: unknown;
}

/** What it has to be. */
export interface WantedToken {
  /** What was shown for it. */
  readonly subjectToken: string;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  /** The gateway, as the authorization server knows it. */
  readonly actor: string;
  /** The person; absent where another issuer has named them. */
  readonly subject: string | undefined;
}

/** Why a token is not sent upstream; `undefined` when it is. */
export type CheckExchange = (given: Exchanged, wanted: WantedToken) => string | undefined;

/**
 * Takes of an exchange (RFC 8693) a token that delegates and nothing else: another one than was shown, for this upstream alone, with
 * no more scope than was asked for, about the same person, and with the gateway as its actor in sight (IDN-07).
 */
export function configure(weakened: ReadonlySet<string>): CheckExchange {
  if (weakened.has('token-exchange')) return () => undefined;
  return function checkExchange({ token, claims, scope }: Exchanged, wanted: WantedToken): string | undefined {
    if (token === wanted.subjectToken) return 'the exchange gave back what it was given';
    if (claims === undefined) return 'the token cannot be read, so that neither its scope nor its actor shows';
    const { aud, act, sub, scope: own } = claims;
    if (!isForAudience(aud, wanted.audiences))
      return `the token is not for ${wanted.audiences[0] ?? 'the upstream'} alone`;
    if (typeof own !== 'string') return 'the token does not show its scope';
    const all = [own, ...(typeof scope === 'string' ? [scope] : [])].flatMap((each) => each.split(' '));
    if (all.some((each) => each !== '' && !wanted.scopes.includes(each)))
      return 'the token has more scope than was asked for';
    if ((isObject(act) ? act['sub'] : undefined) !== wanted.actor)
      return 'the token does not show the gateway as its actor';
    if (wanted.subject !== undefined && sub !== wanted.subject) return 'the token is about somebody else';
    return undefined;
  };
}
