import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'outbound-guard',
  title: 'Tools reach the hosts that they declared, at public addresses, and nothing else',
  failureTitle: 'A tool can be made to reach internal addresses',
  severity: 'critical',
  catalogue: ['VAL-08'],
  references: ['CWE-918', 'MCP 2026-07-28 basic/security_best_practices', 'RFC 6890', 'RFC 9110 section 15.4'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutOutboundGuard',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream holds no client of ours: its sandbox decides on its network' },
    modern: true,
    legacy: true,
  },
};
