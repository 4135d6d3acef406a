import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'exact-versions',
  title: 'An upstream is the code that was pinned, and nothing that is fetched when it starts',
  failureTitle: 'What runs as an upstream can be other code tomorrow',
  severity: 'critical',
  catalogue: ['TDS-04'],
  references: ['OWASP minimum bar 3.1', 'OWASP MCP Top 10 2025 MCP04', 'CVE-2025-6514'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutExactVersions',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
