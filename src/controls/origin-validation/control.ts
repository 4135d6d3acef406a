import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Refuses browser requests from origins that are not listed; `null` is an origin like any other. Without an Origin
 * header the request does not come from a page (MCP 2026-07-28 basic/transports/streamable-http#security-endpoint).
 */
export function configure(settings: Settings): Decide {
  const allowed = settings.http?.allowedOrigins ?? new Set<string>();
  return function originValidation({ http }: Exchange): Decision {
    const origin = http?.headers.origin;
    if (origin === undefined) return PASS;
    return allowed.has(origin) ? PASS : deny('ORIGIN_REFUSED', { detail: `Origin ${origin}` });
  };
}
