import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'token-passthrough',
  title: 'The token of a caller is out of reach of every tool',
  failureTitle: 'Tools can read the token of their caller and pass it on',
  severity: 'critical',
  catalogue: ['IDN-06'],
  references: ['MCP 2026-07-28 basic/authorization/security-considerations', 'OWASP minimum bar 1.3'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTokenPassthrough',
  reach: {
    http: true,
    stdio: { not: 'a pipe carries no access token' },
    gateway: { not: "an upstream is sent the arguments of a call and nothing else of the caller's request" },
    modern: true,
    legacy: true,
  },
};
