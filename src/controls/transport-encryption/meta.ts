import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'transport-encryption',
  title: 'Tokens travel over TLS 1.2 or newer',
  failureTitle: 'A token is taken over an unencrypted or outdated connection',
  severity: 'high',
  catalogue: ['ARC-03'],
  references: [
    'MCP 2026-07-28 basic/authorization/security-considerations',
    'RFC 9325 section 3.1',
    'RFC 6750 section 5.2',
  ],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutTransportEncryption',
  reach: {
    http: true,
    stdio: { not: 'a pipe does not leave the machine' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
