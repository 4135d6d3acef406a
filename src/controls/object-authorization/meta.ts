import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'object-authorization',
  title: 'A caller reaches its own objects only',
  failureTitle: 'A caller can name the objects of another',
  severity: 'critical',
  catalogue: ['AUZ-03'],
  references: ['OWASP API1:2023', 'CWE-639'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutObjectAuthorization',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'whose an object is, the upstream knows, in the process that it has for each principal' },
    modern: true,
    legacy: true,
  },
};
