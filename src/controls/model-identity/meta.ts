import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'model-identity',
  title: 'Who the caller is comes from the verified token alone',
  failureTitle: 'The model says who the caller is',
  severity: 'high',
  catalogue: ['AUZ-08'],
  references: ['MCP 2026-07-28 basic/authorization', 'OWASP MCP Top 10 MCP07'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutModelIdentity',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'what an upstream takes is its own, and whoever approves a tool decides whose identity it means' },
    modern: true,
    legacy: true,
  },
};
