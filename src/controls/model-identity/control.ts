import type { StartCheck } from '../../pipeline/start.ts';
import { identityFields } from '../../schema/object-ids.ts';

/**
 * Refuses arguments by which a model would say who the caller is or what it may do: identity, tenant and role come from
 * the verified token alone.
 */
export function configure(): StartCheck {
  return function modelIdentity({ declared }) {
    return declared.flatMap(({ kind, name, input, untrusted }) =>
      identityFields(input, { untrusted }).map(({ message, mend }) => `${kind} "${name}", ${message}. ${mend}`),
    );
  };
}
