import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'token-validation',
  title: 'Every token is verified whole on every request',
  failureTitle: 'A token that is forged, lapsed or for another server is taken',
  severity: 'critical',
  catalogue: ['IDN-02'],
  references: [
    'RFC 9068 section 4',
    'RFC 8725',
    'RFC 8707 section 2',
    'MCP 2026-07-28 basic/authorization#token-handling',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTokenValidation',
  reach: {
    http: true,
    stdio: { not: 'a pipe carries no tokens' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
