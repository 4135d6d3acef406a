import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'audit-record',
  title: 'Every call, refusal and effect is on record before it is answered',
  failureTitle: 'Calls and refusals leave no trace',
  severity: 'high',
  catalogue: ['LOG-01'],
  references: ['OWASP minimum bar 5.3', 'OWASP MCP guide section 7'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutAuditRecord',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
