import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'token-location',
  title: 'Tokens are taken from the Authorization header only',
  failureTitle: 'A token in a URL is taken',
  severity: 'medium',
  catalogue: ['SEC-05'],
  references: ['MCP 2026-07-28 basic/authorization#token-requirements', 'RFC 6750 section 2.3'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTokenLocation',
  reach: {
    http: true,
    stdio: { not: 'a pipe carries no tokens' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
