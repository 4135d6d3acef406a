import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'time-boxed-grants',
  title: 'More privilege has an end, a reason and an approver other than its subject',
  failureTitle: 'Privileges that were granted once stay, or are granted to oneself',
  severity: 'high',
  catalogue: ['AUZ-06'],
  references: ['OWASP ASVS 5.0 8.2', 'NIST SP 800-53 AC-2(5), AC-5'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTimeBoxedGrants',
  reach: {
    http: true,
    stdio: { not: 'its caller has every scope that the process offers' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
