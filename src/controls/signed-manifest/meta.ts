import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'signed-manifest',
  title: 'Tools are offered only under a manifest that was built and approved by two keys',
  failureTitle: 'Tools are offered that nobody has signed for',
  severity: 'high',
  catalogue: ['TDS-01'],
  references: ['OWASP minimum bar 3.1', 'RFC 8785', 'RFC 8032', 'Dead Simple Signing Envelope 1.0'],
  since: '0.2.0',
  aliases: ['unsigned-tools'],
  insecure: 'insecureWithoutSignedManifest',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
