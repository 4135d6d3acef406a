import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'narrow-tools',
  title: 'No tool does whatever it is told',
  failureTitle: 'A tool takes a free command, query, script, path or address',
  severity: 'high',
  catalogue: ['TDS-08'],
  references: ['MCP 2026-07-28 server/tools#security-considerations', 'OWASP MCP Top 10 MCP05'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutNarrowTools',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'what an upstream takes is its own, and whoever approves a tool decides whether it is narrow' },
    modern: true,
    legacy: true,
  },
};
