import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'filtered-discovery',
  title: 'A caller is shown what it may use',
  failureTitle: 'Lists show what the caller may not use',
  severity: 'low',
  catalogue: ['AUZ-05'],
  references: ['MCP 2026-07-28 server/tools', 'OWASP API3:2023'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutFilteredDiscovery',
  reach: {
    http: true,
    stdio: { not: 'its one caller is the user who started it and holds every scope' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
