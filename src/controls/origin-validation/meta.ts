import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'origin-validation',
  title: 'Browser pages of other origins are refused',
  failureTitle: 'Any web page can call this server',
  severity: 'high',
  catalogue: ['ARC-02'],
  references: ['MCP 2026-07-28 basic/transports/streamable-http#security-endpoint', 'RFC 6454 section 7'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutOriginValidation',
  reach: {
    http: true,
    stdio: { not: 'a pipe has no browser at its other end' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
