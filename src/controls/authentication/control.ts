import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { tokenFromQuery } from '../token-location/control.ts';

/**
 * Gives every HTTP request a verified principal, or refuses it: whoever the access token says, on every request anew
 * (MCP 2026-07-28 basic/authorization#token-requirements).
 */
export function configure(settings: Settings): Decide {
  const { authentication, localPrincipal } = settings;
  const required = isOn(settings, 'authentication');
  const queryTokens = !isOn(settings, 'token-location');
  return function authenticate(exchange: Exchange): MaybePromise<Decision> {
    if (exchange.http === undefined) return deny('TOKEN_MISSING', { detail: 'no HTTP request' });
    const header =
      exchange.http.headers.authorization ?? (queryTokens ? tokenFromQuery(exchange.http.query) : undefined);
    if (!required && (header === undefined || authentication === undefined)) {
      exchange.principal = localPrincipal;
      return PASS;
    }
    if (authentication === undefined) return deny('TOKEN_MISSING', { detail: 'no issuer is configured' });
    const verdict = authentication.authenticate(header, exchange.http.connection);
    if (verdict instanceof Promise) return verdict.then((settled) => accept(exchange, settled));
    return accept(exchange, verdict);
  };
}

type Verdict = Awaited<ReturnType<NonNullable<Settings['authentication']>['authenticate']>>;

function accept(exchange: Exchange, verdict: Verdict): Decision {
  if (!verdict.pass) return verdict;
  exchange.principal = verdict.principal;
  return PASS;
}
