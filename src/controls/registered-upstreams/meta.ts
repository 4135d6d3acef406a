import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'registered-upstreams',
  title: 'A gateway routes to what is written down, and to nothing else',
  failureTitle: 'A gateway routes to upstreams and tools that nobody answers for',
  severity: 'high',
  catalogue: ['GOV-01'],
  references: ['OWASP MCP Top 10 2025 MCP09', 'OWASP AISVS 1.0 10.1.2'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutRegisteredUpstreams',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
