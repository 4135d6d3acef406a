import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'media-checks',
  title: 'Pictures, sounds and files in results are what they say, and say nothing more',
  failureTitle: 'Results pass on disguised files, decompression bombs or metadata',
  severity: 'medium',
  catalogue: ['VAL-14'],
  references: ['MCP 2026-07-28 server/tools#image-content', 'CWE-434', 'CWE-409', 'CWE-1230'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutMediaChecks',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
