import { mayUse } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Refuses an operation whose scopes the token lacks, and names all of them at once so that one step-up suffices
 * (MCP 2026-07-28 basic/authorization#runtime-insufficient-scope-errors).
 */
export function configure(_settings: Settings): Decide {
  return function scopeStepUp({ target, principal }: Exchange): Decision {
    if (target === undefined) return PASS;
    if (principal === undefined) return deny('TOKEN_MISSING');
    return mayUse(target, principal) ? PASS : deny('SCOPE_INSUFFICIENT', { scopes: target.scopes });
  };
}
