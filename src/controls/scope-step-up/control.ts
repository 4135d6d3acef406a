import { mayUse, type Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Settings } from '../../pipeline/settings.ts';
import { configure as configureGrants, type Elevate } from '../time-boxed-grants/control.ts';

/**
 * Refuses an operation whose scopes the token lacks, and names all of them at once so that one step-up suffices
 * (MCP 2026-07-28 basic/authorization#runtime-insufficient-scope-errors). What somebody granted for a while counts as if
 * the token had it (`time-boxed-grants`).
 */
export function configure(settings: Settings): Decide {
  const elevate = configureGrants(settings);
  return function scopeStepUp(exchange: Exchange): MaybePromise<Decision> {
    const { target, principal } = exchange;
    if (target === undefined) return PASS;
    if (principal === undefined) return deny('TOKEN_MISSING');
    return mayUse(target, principal) ? PASS : stepUp(exchange, target, principal, elevate);
  };
}

async function stepUp(exchange: Exchange, target: Target, principal: Principal, elevate: Elevate): Promise<Decision> {
  const elevated = await elevate(principal, target.scopes);
  if (elevated === undefined) return deny('SCOPE_INSUFFICIENT', { scopes: target.scopes });
  exchange.principal = elevated;
  return PASS;
}
