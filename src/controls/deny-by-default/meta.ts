import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'deny-by-default',
  title: 'Whatever is unknown or broken is refused',
  failureTitle: 'A control that breaks lets the request through',
  severity: 'critical',
  catalogue: ['AUZ-02'],
  references: ['OWASP Top 10 2025 A10', 'CWE-636'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutDenyByDefault',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
