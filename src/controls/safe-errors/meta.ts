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
    modern: true,
    legacy: true,
  },
};
