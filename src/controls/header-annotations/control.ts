import type { StartCheck } from '../../pipeline/start.ts';
import { headerAnnotations } from '../../schema/header-annotations.ts';

/**
 * Refuses `x-mcp-header` in a place or on a type that the specification rules out, and on anything secret: headers are
 * read and kept by every proxy on the way (MCP 2026-07-28 server/tools#x-mcp-header).
 */
export function configure(): StartCheck {
  return function checkAnnotations({ declared }) {
    return declared.flatMap(({ kind, name, input }) =>
      kind !== 'tool'
        ? []
        : headerAnnotations(input).problems.map(
            ({ path, message, mend }) =>
              `tool "${name}", ${message.startsWith(`${path}:`) ? message : `${path}: ${message}`}. ${mend}`,
          ),
    );
  };
}
