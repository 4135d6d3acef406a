import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'log-redaction',
  title: 'Credentials are taken out before anything is logged',
  failureTitle: 'Passwords and tokens stand in the logs',
  severity: 'high',
  catalogue: ['LOG-02'],
  references: ['OWASP minimum bar 5.2, 5.3', 'MCP 2026-07-28 server/utilities/logging#security'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutLogRedaction',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
