import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'safe-errors',
  title: 'A caller reads a code and one safe sentence, never what went wrong inside',
  failureTitle: 'Errors tell callers about paths, queries and secrets',
  severity: 'medium',
  catalogue: ['VAL-13'],
  references: ['MCP 2026-07-28 server/tools#error-handling', 'OWASP MCP guide section 6'],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithoutSafeErrors',
  reach: {
    http: true,
    stdio: true,
    gateway: {
      not: 'how a tool of an upstream failed is an answer in its words, cleaned as any other; of every other failure a code is told',
    },
    modern: true,
    legacy: true,
  },
};
