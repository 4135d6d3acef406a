import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'session-binding',
  title: 'A session serves the principal that opened it, and nobody else',
  failureTitle: 'Whoever knows a session id is served as its owner',
  severity: 'critical',
  catalogue: ['IDN-11'],
  references: [
    'MCP 2025-11-25 basic/transports#session-management',
    'MCP 2025-11-25 basic/security_best_practices#session-hijacking',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSessionBinding',
  reach: {
    http: true,
    stdio: { not: 'a byte stream has one session, which is the process' },
    gateway: true,
    modern: { not: 'MCP 2026-07-28 has no sessions: every request stands alone' },
    legacy: true,
  },
};
