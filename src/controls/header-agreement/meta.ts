import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'header-agreement',
  title: 'Headers that repeat the body say what the body says',
  failureTitle: 'A request can show a proxy one thing and do another',
  severity: 'high',
  catalogue: ['ARC-06'],
  references: ['MCP 2026-07-28 basic/transports/streamable-http#server-validation'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutHeaderAgreement',
  reach: {
    http: true,
    stdio: { not: 'a pipe has no headers' },
    gateway: true,
    modern: true,
    legacy: { not: 'its messages repeat nothing in headers' },
  },
};
