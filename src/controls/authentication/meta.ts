import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'authentication',
  title: 'Nothing is done for a caller without a verified token',
  failureTitle: 'The server serves callers without a token',
  severity: 'critical',
  catalogue: ['IDN-01'],
  references: ['MCP 2026-07-28 basic/authorization#token-requirements', 'OWASP MCP Top 10 MCP07'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutAuthentication',
  reach: {
    http: true,
    stdio: { not: 'the caller is the user who started the process' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
