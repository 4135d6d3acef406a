import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'kill-switch',
  title: 'An operator switches a tool, client, principal or server off at once',
  failureTitle: 'What misbehaves cannot be stopped without stopping the server',
  severity: 'high',
  catalogue: ['RES-03'],
  references: ['OWASP AISVS 1.0 9.1.3', 'NIST SP 800-61 section 3.3'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutKillSwitch',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
