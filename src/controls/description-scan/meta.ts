import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'description-scan',
  title: 'No text that a model reads gives it orders or hides something',
  failureTitle: 'Text that a model reads gives it orders or hides something',
  severity: 'high',
  catalogue: ['TDS-07'],
  references: ['OWASP MCP Top 10 2025 MCP03', 'SAFE-MCP SAFE-T1001', 'Unicode Technical Standard 39'],
  since: '0.2.0',
  aliases: ['tool-poisoning'],
  insecure: 'insecureWithoutDescriptionScan',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
