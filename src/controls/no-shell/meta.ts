import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'no-shell',
  title: 'Arguments reach programs word by word, without a shell, and are never options',
  failureTitle: 'An argument of a tool becomes a command, or an option of one',
  severity: 'critical',
  catalogue: ['VAL-05'],
  references: ['MCP 2026-07-28 server/tools#security-considerations', 'CWE-78', 'CWE-88'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutNoShell',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream holds no program of ours: it runs what its sandbox shows it' },
    modern: true,
    legacy: true,
  },
};
