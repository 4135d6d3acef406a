import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'approval-binding',
  title: 'An approval is good for one call, exactly as it was shown, and nobody is asked without end',
  failureTitle: 'One approval lets a model do other things, again and again',
  severity: 'critical',
  catalogue: ['PIC-02'],
  references: [
    'MCP 2026-07-28 basic/patterns/mrtr#server-requirements',
    'MCP 2026-07-28 client/elicitation#statefulness',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutApprovalBinding',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
