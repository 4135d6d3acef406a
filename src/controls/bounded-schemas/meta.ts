import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'bounded-schemas',
  title: 'Every schema is closed, bounded and refers to nothing outside of itself',
  failureTitle: 'A schema lets through more than it names',
  severity: 'medium',
  catalogue: ['VAL-11', 'VAL-01'],
  references: ['MCP 2026-07-28 basic/index#json-schema-usage', 'JSON Schema 2020-12'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutBoundedSchemas',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
