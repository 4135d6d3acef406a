import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'opaque-secrets',
  title: 'Handlers use secrets that they cannot read',
  failureTitle: 'A handler can read a secret, and what it reads can be printed',
  severity: 'high',
  catalogue: ['SEC-02'],
  references: ['OWASP minimum bar 5.2', 'OWASP AISVS 9.5.4', 'CWE-532'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutOpaqueSecrets',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream is given its secrets for its own use, in its environment' },
    modern: true,
    legacy: true,
  },
};
