import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'secret-rotation',
  title: 'A rotated secret is taken up without a restart, and the old one ends',
  failureTitle: 'A rotated or revoked secret stays in use until the server is restarted',
  severity: 'medium',
  catalogue: ['SEC-03'],
  references: ['OWASP MCP Top 10 MCP01', 'CoSAI L3', 'CWE-324'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSecretRotation',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream is given its secrets when it is started' },
    modern: true,
    legacy: true,
  },
};
