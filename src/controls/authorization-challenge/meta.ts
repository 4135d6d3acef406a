import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'authorization-challenge',
  title: 'A refused client is told where and for what to authorize',
  failureTitle: 'A refused client is not told how to authorize',
  severity: 'low',
  catalogue: ['IDN-03'],
  references: [
    'RFC 9728 section 5.1',
    'RFC 6750 section 3',
    'MCP 2026-07-28 basic/authorization/authorization-server-discovery',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutAuthorizationChallenge',
  reach: {
    http: true,
    stdio: { not: 'there is no authorization on a pipe' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
