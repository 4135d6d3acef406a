import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'client-capabilities',
  title: 'A client is asked only what it declared that it can answer',
  failureTitle: 'Clients are asked what they cannot answer',
  severity: 'medium',
  catalogue: ['ELI-03'],
  references: [
    'MCP 2026-07-28 basic/patterns/mrtr#server-requirements',
    'MCP 2026-07-28 client/elicitation#capabilities',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutClientCapabilities',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
