import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'scope-step-up',
  title: 'An operation needs its scopes, and a refusal names them all',
  failureTitle: 'Operations are done without the scopes that they declare',
  severity: 'critical',
  catalogue: ['AUZ-04'],
  references: ['MCP 2026-07-28 basic/authorization#runtime-insufficient-scope-errors', 'RFC 6750 section 3.1'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutScopeStepUp',
  reach: {
    http: true,
    stdio: { not: 'its one caller is the user who started it and holds every scope' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
