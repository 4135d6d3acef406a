import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Answers only for its own names: exactly one Host header, equal to a configured value. A page that rebinds its DNS
 * name to this address still sends its own name (MCP 2026-07-28 basic/transports/streamable-http#security-endpoint).
 */
export function configure(settings: Settings): Decide {
  const allowed = settings.http?.allowedHosts ?? new Set<string>();
  return function hostValidation({ http }: Exchange): Decision {
    if (http === undefined) return PASS;
    const host = http.headers.host;
    if (host === undefined || countHeader(http.rawHeaders, 'host') !== 1)
      return deny('HOST_REFUSED', { detail: 'no single Host' });
    return allowed.has(host.toLowerCase()) ? PASS : deny('HOST_REFUSED', { detail: `Host ${host}` });
  };
}

function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i];
    if (raw !== undefined && raw.length === name.length && raw.toLowerCase() === name) count++;
  }
  return count;
}
