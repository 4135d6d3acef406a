import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'pinned-peers',
  title: 'An upstream whose key is pinned is reached with that key, or not at all',
  failureTitle: 'Whoever has a certificate for the name of an upstream is taken for it',
  severity: 'medium',
  catalogue: ['ARC-04'],
  references: ['RFC 7469 section 2.4', 'RFC 8446 section 4.4.2', 'OWASP MCP Top 10 MCP07'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutPinnedPeers',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
