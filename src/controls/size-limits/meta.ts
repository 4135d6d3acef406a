import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'size-limits',
  title: 'Requests and answers have a greatest size, depth and count',
  failureTitle: 'A message can be as large as its sender likes',
  severity: 'medium',
  catalogue: ['VAL-03'],
  references: ['RFC 9110 section 15.5.14', 'OWASP API4:2023'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSizeLimits',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
