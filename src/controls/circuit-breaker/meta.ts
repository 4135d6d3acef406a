import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'circuit-breaker',
  title: 'A tool that keeps failing is paused, and tried again',
  failureTitle: 'A tool that fails goes on being called, and holds what it holds',
  severity: 'medium',
  catalogue: ['RES-03'],
  references: ['OWASP AISVS 1.0 9.6', 'MCP 2026-07-28 server/tools#error-handling'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutCircuitBreaker',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
