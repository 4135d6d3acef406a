import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'protocol-version',
  title: 'Only the protocol revisions that are open are served',
  failureTitle: 'A request of an unknown or closed revision is served',
  severity: 'medium',
  catalogue: ['ARC-07'],
  references: ['MCP 2026-07-28 basic/versioning#protocol-version-negotiation'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutProtocolVersion',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
