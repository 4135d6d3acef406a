import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'definition-drift',
  title: 'A tool that is not as it was approved is held',
  failureTitle: 'A tool changes after it was approved, and is offered all the same',
  severity: 'high',
  catalogue: ['TDS-02'],
  references: ['OWASP minimum bar 3.1', 'OWASP MCP Top 10 2025 MCP03', 'SAFE-MCP SAFE-T1201'],
  since: '0.2.0',
  aliases: ['rug-pull'],
  insecure: 'insecureWithoutDefinitionDrift',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
