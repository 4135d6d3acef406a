import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'vaulted-secrets',
  title: 'Secrets are fetched by reference and stand in no text',
  failureTitle: 'A credential stands in the configuration or in a definition',
  severity: 'critical',
  catalogue: ['SEC-01'],
  references: ['OWASP minimum bar 5.2', 'OWASP MCP Top 10 MCP01', 'CWE-798'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutVaultedSecrets',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
