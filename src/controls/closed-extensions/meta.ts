import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'closed-extensions',
  title: 'Extensions of the protocol and types of result that nobody approved stop at the gateway',
  failureTitle: 'An upstream can bring in tasks, apps and types of result of its own',
  severity: 'high',
  catalogue: ['PRX-04'],
  references: [
    'MCP 2026-07-28 basic/index#result-responses',
    'MCP 2026-07-28 basic/versioning#extension-negotiation',
    'SEP-1865 MCP Apps',
    'SEP-2663 Tasks',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutClosedExtensions',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
