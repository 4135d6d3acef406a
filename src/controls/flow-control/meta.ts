import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'flow-control',
  title: 'What a task has read decides where its calls may go',
  failureTitle: 'Private data can be sent out by whoever writes a text that the model reads',
  severity: 'high',
  catalogue: ['AUZ-07'],
  references: ['OWASP AISVS 9.3.5', 'OWASP MCP Top 10 MCP06'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutFlowControl',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
