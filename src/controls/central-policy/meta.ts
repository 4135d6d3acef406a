import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'central-policy',
  title: 'One policy decides on every operation',
  failureTitle: 'There is a way around the policy',
  severity: 'critical',
  catalogue: ['AUZ-01'],
  references: ['OWASP MCP minimum bar 1.3'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutCentralPolicy',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
