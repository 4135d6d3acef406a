import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'human-approval',
  title: 'Destructive and critical calls wait for a person, and nothing but a yes lets them go on',
  failureTitle: 'A model can destroy things without anyone being asked',
  severity: 'critical',
  catalogue: ['PIC-01'],
  references: ['MCP 2026-07-28 client/elicitation', 'MCP 2026-07-28 basic/patterns/mrtr', 'OWASP LLM06:2025'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutHumanApproval',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
