import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'header-annotations',
  title: 'Arguments are mirrored into headers by the rules, and secrets never',
  failureTitle: 'An argument that must not is mirrored into a header, or an icon is unsafe',
  severity: 'medium',
  catalogue: ['TDS-09'],
  references: ['MCP 2026-07-28 basic/transports/streamable-http#schema-extension', 'RFC 9110 section 5.1'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutHeaderAnnotations',
  reach: {
    http: true,
    stdio: { not: 'a pipe has no headers' },
    gateway: true,
    modern: true,
    legacy: { not: 'x-mcp-header came with 2026-07-28' },
  },
};
