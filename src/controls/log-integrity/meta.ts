import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'log-integrity',
  title: 'A record that is altered, dropped, moved or cut off is found, with its place',
  failureTitle: 'Records can be changed unnoticed',
  severity: 'high',
  catalogue: ['LOG-03'],
  references: ['RFC 6962 section 2', 'C2SP tlog-checkpoint', 'C2SP signed-note', 'OWASP MCP guide section 7'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutLogIntegrity',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
