import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'separate-approver',
  title: 'What somebody submits is reviewed and approved, step by step, by somebody else',
  failureTitle: 'Whoever submits a tool can approve it',
  severity: 'high',
  catalogue: ['TDS-03'],
  references: ['OWASP minimum bar 3.1', 'OWASP MCP Top 10 2025 MCP03', 'NIST SP 800-53 AC-5'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSeparateApprover',
  reach: {
    http: true,
    stdio: true,
    server: { not: 'on a server of its own two keys sign the manifest (signed-manifest)' },
    gateway: true,
    modern: true,
    legacy: true,
  },
};
