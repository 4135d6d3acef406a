import type { StartCheck } from '../../pipeline/start.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether an address is the machine's own. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
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
