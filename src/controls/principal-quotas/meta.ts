import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'principal-quotas',
  title: 'Each caller has a share of the machine, and no more',
  failureTitle: 'One caller can use up what all share',
  severity: 'high',
  catalogue: ['ISO-04'],
  references: ['CWE-770', 'OWASP AISVS 1.0 9.1.1'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutPrincipalQuotas',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'what an upstream keeps between calls it keeps itself, and rate-limit bounds the calls' },
    modern: true,
    legacy: true,
  },
};
