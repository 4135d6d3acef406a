import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'host-validation',
  title: 'The server answers for its own names only',
  failureTitle: 'The server answers for any host name, so DNS can be rebound to it',
  severity: 'high',
  catalogue: ['ARC-02'],
  references: ['MCP 2026-07-28 basic/transports/streamable-http#security-endpoint', 'RFC 9110 section 7.4'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutHostValidation',
  reach: {
    http: true,
    stdio: { not: 'a pipe has no host name' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
