import { ERRORS } from '../../errors.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type Denial, type MaybePromise } from '../../pipeline/decision.ts';
import { NO_LABELS } from '../../pipeline/flows.ts';
import { isOn, type PolicyRequest, type Settings } from '../../pipeline/settings.ts';

/** Asks the policy about one operation on one target. */
export type AskPolicy = (request: PolicyRequest) => MaybePromise<Decision>;

/**
 * Asks the one policy about every operation, whatever its method, era or transport: there is no handler that a request
 * can reach around it (OWASP minimum bar 1.3). It is the function of the server and the Cedar policies of the
 * deployment: both have to pass. An approval that a policy asks for is left to the gates.
 */
export function configure(settings: Settings): Decide {
  const { rules } = settings;
  const isAsked = isOn(settings, 'central-policy') && (rules !== undefined || settings.policy !== undefined);
  const askFunction = configureFunction(settings);
  const askRules = (exchange: Exchange, request: PolicyRequest): Decision => {
    if (rules === undefined) return PASS;
    const { decision, demands } = rules.decide(request);
    if (demands.length > 0) exchange.demands = [...exchange.demands, ...demands];
    return decision;
  };
  return function centralPolicy(exchange: Exchange): MaybePromise<Decision> {
    const { principal, message, target, args } = exchange;
    if (principal === undefined) return deny('FORBIDDEN', { detail: 'no principal' });
    // A notification, an answer or a stream asks for no operation.
    if (message?.kind !== 'request' || !isAsked) return PASS;
    const { method, params } = message;
    const request = requestOf(exchange, { principal, method, target, args, sent: params['arguments'] });
    const decided = askFunction(request);
    if (!(decided instanceof Promise)) return decided.pass ? askRules(exchange, request) : decided;
    return decided.then((settled) => (settled.pass ? askRules(exchange, request) : settled));
  };
}

/** The question about one operation of an exchange. */
export function requestOf(
  { transport, era, labels }: Exchange,
  about: Pick<PolicyRequest, 'principal' | 'method' | 'target' | 'args' | 'sent'>,
): PolicyRequest {
  return { ...about, transport, era, labels: labels ?? NO_LABELS, at: Date.now() };
}

/** The policy for an operation on which nobody can be asked: what needs an approval is refused. */
export function configureAsk(settings: Settings): AskPolicy {
  const { rules } = settings;
  const askFunction = configureFunction(settings);
  if (rules === undefined || !isOn(settings, 'central-policy')) return askFunction;
  const askRules = (request: PolicyRequest): Decision => {
    const { decision, demands } = rules.decide(request);
    return demands.length === 0 ? decision : deny('FORBIDDEN', { detail: 'policy: it needs an approval' });
  };
  return function askPolicy(request: PolicyRequest): MaybePromise<Decision> {
    const decided = askFunction(request);
    if (!(decided instanceof Promise)) return decided.pass ? askRules(request) : decided;
    return decided.then((settled) => (settled.pass ? askRules(request) : settled));
  };
}

/** The policy function, held to a deadline and to a decision: what is neither a pass nor a denial of the list denies. */
function configureFunction(settings: Settings): AskPolicy {
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
