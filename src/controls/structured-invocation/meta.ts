import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'structured-invocation',
  title: 'A schema-valid request is the only way to act',
  failureTitle: 'Requests that match no schema are acted on',
  severity: 'high',
  catalogue: ['VAL-04'],
  references: ['OWASP MCP minimum bar 4.3', 'MCP 2026-07-28 schema'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutStructuredInvocation',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
