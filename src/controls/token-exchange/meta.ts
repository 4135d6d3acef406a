import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'token-exchange',
  title: 'What is exchanged for a caller is for one upstream, no wider than asked, and shows who acts for whom',
  failureTitle: 'An exchange can give any token, and it is sent upstream',
  severity: 'high',
  catalogue: ['IDN-07'],
  references: [
    'RFC 8693 sections 2.2.1 and 4.1',
    'RFC 8707 section 2',
    'MCP 2026-07-28 basic/authorization/security-considerations',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTokenExchange',
  reach: {
    http: true,
    stdio: { not: 'over standard streams nobody comes with a token that could be exchanged' },
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
