import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'stdio-hygiene',
  title: 'Standard output carries messages only',
  failureTitle: 'Something that is no message reaches standard output, or the process outlives its input',
  severity: 'medium',
  catalogue: ['ARC-08'],
  references: ['MCP 2026-07-28 basic/transports/stdio'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutStdioHygiene',
  reach: {
    http: { not: 'standard output is no channel there' },
    stdio: true,
    gateway: { not: 'the output of an upstream is read as messages, and reaches nobody as it is' },
    modern: true,
    legacy: true,
  },
};
