import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'upstream-messages',
  title: "What an upstream sends is read as a stranger's: strict, bounded, and for its own request alone",
  failureTitle: 'Whatever an upstream sends is believed',
  severity: 'high',
  catalogue: ['PRX-03'],
  references: [
    'MCP 2026-07-28 basic/transports/streamable-http#receiving-messages',
    'MCP 2026-07-28 basic/utilities/progress',
    'JSON-RPC 2.0 section 5',
    'OWASP AISVS 1.0 10.4.1',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutUpstreamMessages',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
