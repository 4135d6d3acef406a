import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'rate-limit',
  title: 'Calls are limited per tool, caller and server',
  failureTitle: 'A caller can call as often as it likes',
  severity: 'medium',
  catalogue: ['RES-01'],
  references: ['MCP 2026-07-28 server/tools#security-considerations', 'RFC 6585 section 4'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutRateLimit',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
