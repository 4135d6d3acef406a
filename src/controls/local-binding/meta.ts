import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'local-binding',
  title: 'A local server is reached from its own machine only',
  failureTitle: 'A local server can be reached from other machines',
  severity: 'high',
  catalogue: ['ARC-01'],
  references: ['MCP 2026-07-28 basic/transports/streamable-http#security-endpoint'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutLocalBinding',
  reach: {
    http: true,
    stdio: { not: 'a pipe is bound to no address' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
