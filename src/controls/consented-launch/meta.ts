import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'consented-launch',
  title: 'An upstream is started as somebody has agreed, or not at all',
  failureTitle: 'An upstream is started with a command that nobody has seen',
  severity: 'critical',
  catalogue: ['GOV-05'],
  references: [
    'MCP 2026-07-28 basic/security_best_practices#local-mcp-server-compromise',
    'SEP-1024',
    'CVE-2025-49596',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutConsentedLaunch',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'a server of its own has no upstream' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
