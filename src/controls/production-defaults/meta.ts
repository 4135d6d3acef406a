import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'production-defaults',
  title: 'Production starts with nothing weak',
  failureTitle: 'A weakened or debugging setting is in production',
  severity: 'high',
  catalogue: ['DEP-04'],
  references: ['OWASP MCP Top 10 MCP07'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutProductionDefaults',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
