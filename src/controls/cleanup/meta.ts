import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'cleanup',
  title: 'What a call opened is released when it ends, however it ends',
  failureTitle: 'Calls leave open what they opened',
  severity: 'medium',
  catalogue: ['ISO-03'],
  references: ['OWASP MCP minimum bar 2.3', 'CWE-772'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutCleanup',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'what an upstream goes on with after its answer it does in its own sandbox, which ends with it' },
    modern: true,
    legacy: true,
  },
};
