import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'oauth-client',
  title: 'A gateway asks for tokens where metadata agrees, and takes those that are for its upstream alone',
  failureTitle: 'An upstream can have tokens made for another server, or by one that is not what it says',
  severity: 'critical',
  catalogue: ['IDN-09'],
  references: [
    'MCP 2026-07-28 basic/authorization',
    'RFC 9728 section 3.3',
    'RFC 8414 section 3.3',
    'RFC 8707 section 2',
    'RFC 9207 section 2.4',
    'RFC 7636 section 4.2',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutOauthClient',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
