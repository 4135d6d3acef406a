import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'minimal-fields',
  title: 'Clients see the fields that the protocol names, and no others',
  failureTitle: 'What the server knows of its tools and data reaches the model',
  severity: 'medium',
  catalogue: ['TDS-06'],
  references: ['OWASP minimum bar 3.3', 'MCP 2026-07-28 server/tools#tool'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutMinimalFields',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
