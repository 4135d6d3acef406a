import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'primitive-validation',
  title: 'Resources, prompts, completions and cursors are checked like tools',
  failureTitle: 'What is checked for tools is not checked for the other primitives',
  severity: 'medium',
  catalogue: ['VAL-12'],
  references: ['MCP 2026-07-28 server/resources#security-considerations', 'MCP 2026-07-28 server/utilities/pagination'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutPrimitiveValidation',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
