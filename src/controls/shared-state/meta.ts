import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'shared-state',
  title: 'Nothing that a call leaves behind reaches another call',
  failureTitle: 'What one caller leaves behind can be read by the next',
  severity: 'high',
  catalogue: ['ISO-01'],
  references: ['OWASP minimum bar 2.2', 'MCP 2026-07-28 basic/index#statelessness'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSharedState',
  reach: {
    http: true,
    stdio: true,
    gateway: {
      not: 'an upstream keeps what it likes between calls of one principal, and state-keying holds that no other meets it',
    },
    modern: true,
    legacy: true,
  },
};
