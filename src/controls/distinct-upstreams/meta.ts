import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'distinct-upstreams',
  title: 'No upstream has a name that could be taken for one of another, or gives orders about its tools',
  failureTitle: 'An upstream can pass its tool for that of another, or steer it',
  severity: 'high',
  catalogue: ['ISO-08'],
  references: [
    'MCP 2026-07-28 server/tools#tool-names',
    'OWASP MCP Top 10 2025 MCP03',
    'SAFE-MCP SAFE-T1004',
    'SAFE-MCP SAFE-T1008',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutDistinctUpstreams',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstreams to be told apart' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
