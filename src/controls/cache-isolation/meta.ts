import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'cache-isolation',
  title: 'What is kept of an answer is given to nobody whom it was not for',
  failureTitle: 'A cache gives the answer of one caller to another',
  severity: 'high',
  catalogue: ['ISO-07'],
  references: ['MCP 2026-07-28 server/utilities/caching', 'RFC 9111 section 5.2.2.7'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutCacheIsolation',
  reach: {
    http: true,
    stdio: { not: 'one process serves the user who started it: there is no second caller' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
