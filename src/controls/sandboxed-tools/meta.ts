import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'sandboxed-tools',
  title: 'Tools that evaluate or parse what a caller sent hold nothing of the host',
  failureTitle: 'A tool that is tricked into running something has all that the server has',
  severity: 'critical',
  catalogue: ['ISO-05'],
  references: ['bubblewrap', 'seccomp(2)', 'Node.js permission model'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSandboxedTools',
  reach: {
    http: true,
    stdio: true,
    gateway: { not: 'an upstream as a whole is in a sandbox, whose absence ends the start' },
    modern: true,
    legacy: true,
  },
};
