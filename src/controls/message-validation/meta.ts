import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'message-validation',
  title: 'Only well-formed JSON-RPC and MCP messages are read or written',
  failureTitle: 'Malformed messages are acted on',
  severity: 'high',
  catalogue: ['ARC-05'],
  references: ['JSON-RPC 2.0 section 4', 'MCP 2026-07-28 basic/index', 'RFC 8259 section 4'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutMessageValidation',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
