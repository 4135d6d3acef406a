import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'task-context',
  title: 'Nothing passes from one task to another',
  failureTitle: 'A caller can leave its task behind, or take over that of another',
  severity: 'high',
  catalogue: ['ISO-06'],
  references: ['OWASP Agentic Top 10 ASI10', 'MCP 2026-07-28 basic/index#meta'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTaskContext',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
