import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { deny, PASS, type Decision } from '../../pipeline/decision.ts';
import type { Identity } from '../../pipeline/identities.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Where a deployment lists its identities, refuses every client that is none of them, is past its last day, or comes as somebody
 * whom it does not act for (IDN-10). What a token has beyond the scopes of its client's identity does not count, and is refused
 * whoever else grants it. Stands after the token is verified, and again once it is known what is asked for.
 */
export function configure({ identities }: Settings): Decide {
  if (identities === undefined) return () => PASS;
  const identityOf = ({ client, issuer }: Principal): Identity | undefined =>
    identities.get(client)?.find((each) => each.issuer === undefined || each.issuer === issuer);
  return function registered(exchange: Exchange): Decision {
    const { principal, message, target } = exchange;
    if (principal === undefined) return deny('TOKEN_MISSING');
    const identity = identityOf(principal);
    if (identity === undefined) return deny('IDENTITY_REFUSED', { detail: 'the client is not registered' });
    if (message === undefined) return admit(exchange, principal, identity);
    const missing = target?.scopes.find((scope) => !identity.scopes.has(scope));
    if (missing === undefined) return PASS;
    return deny('IDENTITY_REFUSED', { detail: `the owner of ${identity.name} has not given it ${missing}` });
  };
}

function admit(exchange: Exchange, principal: Principal, { name, subject, scopes, until }: Identity): Decision {
  if (until <= Date.now()) return deny('IDENTITY_REFUSED', { detail: `${name} is past its last day` });
  if (subject !== undefined && subject !== principal.subject)
    return deny('IDENTITY_REFUSED', { detail: `${name} comes as somebody else` });
  exchange.principal = Object.freeze({
    ...principal,
    scopes: new Set([...principal.scopes].filter((scope) => scopes.has(scope))),
    // A stream that it opens today ends with its last day.
    expiresAt: Math.min(principal.expiresAt, until),
  });
  return PASS;
}
