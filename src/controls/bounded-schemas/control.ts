import type { StartCheck } from '../../pipeline/start.ts';
import { lintSchema } from '../../schema/lint.ts';

/**
 * Refuses to start with a schema that is open, unbounded, too large, or that refers outside of itself: what a schema lets
 * through, a handler gets (MCP 2026-07-28 basic/index#json-schema-usage).
 */
export function configure(): StartCheck {
  return function boundedSchemas({ declared }) {
    return declared
      .flatMap(({ kind, name, input, output }) => [
        ...lintSchema(input, { what: 'input', where: `${kind} "${name}", input` }),
        ...(output === undefined ? [] : lintSchema(output, { what: 'output', where: `${kind} "${name}", output` })),
      ])
      .map(({ message, mend }) => `${message}. ${mend}`);
  };
}
