import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'declared-behaviour',
  title: 'A tool touches what it declared, and nothing else',
  failureTitle: 'A tool can touch files and start programs that it never declared',
  severity: 'high',
  catalogue: ['TDS-05'],
  references: ['MCP 2026-07-28 server/tools#security-considerations', 'Node.js permissions'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutDeclaredBehaviour',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream is held to its needs by its sandbox' },
    modern: true,
    legacy: true,
  },
};
