import { ERRORS } from '../../errors.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type Denial, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type PolicyRequest, type Settings } from '../../pipeline/settings.ts';

/** Asks the policy about one operation on one target. */
export type AskPolicy = (request: PolicyRequest) => MaybePromise<Decision>;

/**
 * Asks the one policy about every operation, whatever its method, era or transport: there is no handler that a request
 * can reach around it (OWASP minimum bar 1.3).
 */
export function configure(settings: Settings): Decide {
  const ask = configureAsk(settings);
  return function centralPolicy({ principal, message, target, args }: Exchange): MaybePromise<Decision> {
    if (principal === undefined) return deny('FORBIDDEN', { detail: 'no principal' });
    // A notification, an answer or a stream asks for no operation.
    if (message?.kind !== 'request') return PASS;
    return ask({ principal, method: message.method, target, args });
  };
}

/** The policy, held to a deadline and to giving a decision: what is neither a pass nor a denial of the list denies. */
export function configureAsk(settings: Settings): AskPolicy {
  const { policy, limits } = settings;
  if (policy === undefined || !isOn(settings, 'central-policy')) return () => PASS;
  const mostMs = Math.min(limits.handlerMs, limits.handlerMaxMs);
  return function askPolicy(request: PolicyRequest): MaybePromise<Decision> {
    const decided: unknown = policy(request);
    return decided instanceof Promise ? within(decided, mostMs) : read(decided);
  };
}

function read(decided: unknown): Decision {
  if (typeof decided === 'object' && decided !== null && 'pass' in decided) {
    if (decided.pass === true) return PASS;
    if (isDenial(decided)) return decided;
  }
  return deny('FORBIDDEN', { detail: 'the policy gave no decision' });
}

function isDenial(decided: object): decided is Denial {
  if (!('pass' in decided) || decided.pass !== false) return false;
  return 'code' in decided && typeof decided.code === 'string' && Object.hasOwn(ERRORS, decided.code);
}

function within(decided: Promise<unknown>, mostMs: number): Promise<Decision> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => resolve(deny('FORBIDDEN', { detail: 'the policy gave no decision in time' })),
      mostMs,
    );
    decided.then((value) => resolve(read(value)), reject).finally(() => clearTimeout(timer));
  });
}
