import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'parameterised-queries',
  title: 'Values reach a database apart from the text of the query',
  failureTitle: 'An argument can become part of a query',
  severity: 'critical',
  catalogue: ['VAL-06'],
  references: ['CWE-89', 'OWASP ASVS 5.0 1.2.4'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutParameterisedQueries',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream holds no database of ours' },
    modern: true,
    legacy: true,
  },
};
