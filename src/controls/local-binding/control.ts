import { isIPv4 } from 'node:net';
import type { StartCheck } from '../../pipeline/start.ts';

const NAMES: ReadonlySet<string> = new Set(['::1', 'localhost']);

/** Whether an address is the machine's own. */
export function isLoopback(host: string): boolean {
  return NAMES.has(host) || (host.startsWith('127.') && isIPv4(host));
}

/**
 * Binds a server of the dev profile to the machine itself; to be reached from elsewhere takes the production profile,
 * with all that it insists on (MCP 2026-07-28 basic/transports/streamable-http#security-endpoint).
 */
export function configure(): StartCheck {
  return function localBinding({ profile, http }) {
    if (http === undefined || http.socket !== undefined || profile === 'production' || isLoopback(http.host)) return [];
    return [
      `http.host "${http.host}" can be reached from other machines. Bind 127.0.0.1, or use the production profile.`,
    ];
  };
}
