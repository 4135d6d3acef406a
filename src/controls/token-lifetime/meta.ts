import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'token-lifetime',
  title: 'Long-lived tokens are refused',
  failureTitle: 'A token that lives for hours is taken',
  severity: 'medium',
  catalogue: ['IDN-04'],
  references: ['MCP 2026-07-28 basic/authorization/security-considerations', 'RFC 9700 section 2.2'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTokenLifetime',
  reach: {
    http: true,
    stdio: { not: 'a pipe carries no tokens' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
