import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'registered-identities',
  title: 'Agents, jobs and servers that call are registered, each with an owner, scopes and a last day',
  failureTitle: 'Any client that gets a token may call, for as long and with as much as it likes',
  severity: 'high',
  catalogue: ['IDN-10'],
  references: ['OWASP Non-Human Identities Top 10 2025', 'OWASP AISVS 1.0 9.4', 'RFC 9068 section 2.2'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutRegisteredIdentities',
  reach: {
    http: true,
    stdio: { not: 'the caller is the user who started the process: no client comes with a token' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
