import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'leak-filter',
  title: 'Secrets, credentials and named personal data do not leave with an answer',
  failureTitle: 'Answers carry secrets of the server',
  severity: 'high',
  catalogue: ['VAL-10'],
  references: [
    'MCP 2026-07-28 server/tools#security-considerations',
    'OWASP minimum bar 4.2, 5.2',
    'CWE-200',
    'CWE-532',
  ],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutLeakFilter',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
