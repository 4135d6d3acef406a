import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'output-schema',
  title: 'Results that do not fit their schema never leave the server',
  failureTitle: 'Tools answer with more or other than they declared',
  severity: 'high',
  catalogue: ['VAL-02'],
  references: ['MCP 2026-07-28 server/tools#output-schema', 'OWASP minimum bar 4.1'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutOutputSchema',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
