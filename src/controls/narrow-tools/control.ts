import type { StartCheck } from '../../pipeline/start.ts';
import { dangerousFields } from '../../schema/dangerous.ts';

/**
 * Refuses tools that would do anything they are told: a free-text command, query, script, path or URL. The effect that
 * the author declares decides on approval; annotations are hints for clients and decide nothing.
 */
export function configure(): StartCheck {
  return function narrowTools({ declared }) {
    return declared.flatMap(({ kind, name, description, input, untrusted }) =>
      kind !== 'tool'
        ? []
        : dangerousFields(input, { name, description })
            .filter(({ path }) => !untrusted.includes(path))
            .map(({ message, mend }) => `tool "${name}", ${message}. ${mend}`),
    );
  };
}
