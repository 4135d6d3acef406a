import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'state-keying',
  title: 'State is found under the principal that made it, and under no other',
  failureTitle: 'A handle of one user opens the state of another',
  severity: 'critical',
  catalogue: ['ISO-02'],
  references: ['OWASP minimum bar 2.1, 2.2', 'MCP security best practices: state handles'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutStateKeying',
  reach: {
    http: true,
    stdio: { not: 'one process serves the user who started it: there is no second principal' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
