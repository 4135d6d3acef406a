import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'strip-then-add',
  title: 'A gateway passes on arguments and results, and writes everything beside them itself',
  failureTitle: 'Headers and metadata of one side reach the other as they are',
  severity: 'high',
  catalogue: ['PRX-01'],
  references: [
    'MCP 2026-07-28 basic/authorization/security-considerations',
    'MCP 2026-07-28 basic/index#meta',
    'RFC 9110 section 7.6.1',
    'RFC 7239 section 8.1',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutStripThenAdd',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
