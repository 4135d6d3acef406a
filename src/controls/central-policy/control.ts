import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Asks the one policy about every operation, whatever its method, era or transport: there is no handler that a request
 * can reach around it (OWASP minimum bar 1.3).
 */
export function configure({ policy }: Settings): Decide {
  if (policy === undefined) return () => PASS;
  return function centralPolicy({ principal, message, target, args }: Exchange): MaybePromise<Decision> {
    if (principal === undefined) return deny('FORBIDDEN', { detail: 'no principal' });
    // A notification, an answer or a stream asks for no operation.
    if (message?.kind !== 'request') return PASS;
    return policy({ principal, method: message.method, target, args });
  };
}
