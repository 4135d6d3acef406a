import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'secret-separation',
  title: 'Each environment and each upstream has secrets of its own',
  failureTitle: 'One secret is good for several environments or upstreams',
  severity: 'medium',
  catalogue: ['SEC-04'],
  references: ['OWASP MCP Top 10 MCP07', 'CWE-1392'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSecretSeparation',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'what an upstream is given is checked in the configuration, before there is a gateway' },
    modern: true,
    legacy: true,
  },
};
