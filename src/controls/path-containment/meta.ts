import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'path-containment',
  title: 'Paths of tools and resources stay in the folder that was declared',
  failureTitle: 'A path argument can reach files outside of the declared folder',
  severity: 'critical',
  catalogue: ['VAL-07'],
  references: [
    'MCP 2026-07-28 server/resources#security-considerations',
    'CWE-22',
    'CWE-59',
    'CWE-367',
    'OWASP MCP minimum bar 4.2',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutPathContainment',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream holds no folder of ours: its sandbox shows it what it may read' },
    modern: true,
    legacy: true,
  },
};
