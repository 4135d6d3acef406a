import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'deadline',
  title: 'Work ends at its deadline, whatever it reports',
  failureTitle: 'A call can hold the server for as long as it likes',
  severity: 'medium',
  catalogue: ['RES-02'],
  references: ['MCP 2026-07-28 basic/patterns/cancellation#timeouts'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutDeadline',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
