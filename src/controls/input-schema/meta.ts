import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'input-schema',
  title: 'Arguments that do not fit their schema never reach a handler',
  failureTitle: 'Handlers get arguments that their schema rules out',
  severity: 'high',
  catalogue: ['VAL-01'],
  references: ['MCP 2026-07-28 server/tools#security-considerations', 'JSON Schema 2020-12'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutInputSchema',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
