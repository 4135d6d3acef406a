import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'sensitive-elicitation',
  title: 'Secrets are never asked for by form, nor carried in the URL of a page',
  failureTitle: 'Tools can ask a person for passwords through the client',
  severity: 'high',
  catalogue: ['ELI-02'],
  references: ['MCP 2026-07-28 client/elicitation#security-considerations', 'MCP security best practices'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSensitiveElicitation',
  reach: {
    http: true,
    stdio: true,
    gateway: true,
    modern: true,
    legacy: true,
  },
};
