import { configure as configureAuthentication } from '../controls/authentication/control.ts';
import { configure as configurePolicy } from '../controls/central-policy/control.ts';
import { configure as configureDefault, goOnWhenBroken } from '../controls/deny-by-default/control.ts';
import { configure as configureDrift } from '../controls/definition-drift/control.ts';
import { configure as configureHeaders } from '../controls/header-agreement/control.ts';
import { configure as configureHost } from '../controls/host-validation/control.ts';
import { configure as configureInput } from '../controls/input-schema/control.ts';
import { configure as configureMedia } from '../controls/media-type/control.ts';
import { configure as configureMessage } from '../controls/message-validation/control.ts';
import { configure as configureOrigin } from '../controls/origin-validation/control.ts';
import { configure as configureVersion } from '../controls/protocol-version/control.ts';
import { configure as configureRate } from '../controls/rate-limit/control.ts';
import { configure as configureIdentities } from '../controls/registered-identities/control.ts';
import { configure as configureScope } from '../controls/scope-step-up/control.ts';
import { configure as configureInvocation } from '../controls/structured-invocation/control.ts';
import { configure as configureLocation } from '../controls/token-location/control.ts';
import { configureRequest as configureEncryption } from '../controls/transport-encryption/control.ts';
import type { Transport } from '../pipeline/context.ts';
import type { Decide, Phase } from '../pipeline/control.ts';
import { ORDER } from '../pipeline/order.ts';
import type { Step } from '../pipeline/run.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { Era } from '../protocol/versions.ts';
import type { Parts } from './parts.ts';

type Configure = (settings: Settings) => Decide;

/** INVARIANT: these run even when switched off, and then do only what the request cannot do without. */
const INDISPENSABLE: ReadonlySet<string> = new Set([
  'authentication',
  'message-validation',
  'deny-by-default',
  'input-schema',
  'request-state',
  'task-context',
  'primitive-validation',
  'size-limits',
  'session-binding',
]);

const DECIDING: ReadonlyMap<string, Configure> = new Map<string, Configure>([
  ['host-validation', configureHost],
  ['origin-validation', configureOrigin],
  ['media-type', configureMedia],
  ['token-location', configureLocation],
  ['transport-encryption', configureEncryption],
  ['authentication', configureAuthentication],
  ['message-validation', configureMessage],
  ['structured-invocation', configureInvocation],
  ['protocol-version', configureVersion],
  ['header-agreement', configureHeaders],
  ['deny-by-default', configureDefault],
  ['definition-drift', configureDrift],
  ['registered-identities', configureIdentities],
  ['scope-step-up', configureScope],
  ['rate-limit', configureRate],
  ['input-schema', configureInput],
  ['central-policy', configurePolicy],
]);

/** The steps of each phase, in the order of the table, for one transport and era. */
export type Plan = Readonly<Record<Exclude<Phase, 'start' | 'dispatch' | 'respond'>, readonly Step[]>>;

/** Compiles the order table for one transport and era. A control that is switched off is not in the plan. */
export function createPlans(parts: Parts): (transport: Transport, era: Era) => Plan {
  const decided = new Map<string, Decide>([
    ['size-limits', parts.sizes.decide],
    ['request-state', parts.requestState.decide],
    ['session-binding', parts.sessions.decide],
    ['primitive-validation', parts.cursors.decide],
    ['bounded-streams', parts.streams],
  ]);
  if (parts.quotas !== undefined) decided.set('principal-quotas', parts.quotas.decide);
  if (parts.detection !== undefined) decided.set('injection-detection', parts.detection.decide);
  if (parts.breaker !== undefined) decided.set('circuit-breaker', parts.breaker.decide);
  if (parts.killSwitch !== undefined) decided.set('kill-switch', parts.killSwitch.decide);
  if (parts.tasks.decide !== undefined) decided.set('task-context', parts.tasks.decide);
  for (const [id, configure] of DECIDING) decided.set(id, configure(parts.settings));
  const plans: Record<Transport, Partial<Record<Era, Plan>>> = { http: {}, stdio: {} };
  return (transport, era) => {
    let plan = plans[transport][era];
    if (plan === undefined) {
      const steps = (phase: Phase) => stepsOf(phase, transport, era, decided, parts.settings.weakened);
      plan = {
        transport: steps('transport'),
        authenticate: steps('authenticate'),
        message: steps('message'),
        authorize: steps('authorize'),
      };
      plans[transport][era] = plan;
    }
    return plan;
  };
}

function stepsOf(
  phase: Phase,
  transport: Transport,
  era: Era,
  decided: ReadonlyMap<string, Decide>,
  weakened: ReadonlySet<string>,
): readonly Step[] {
  return ORDER.flatMap(({ phase: at, id, where }) => {
    const decide = decided.get(id);
    const here =
      at === phase && where.includes(transport === 'http' ? 'h' : 's') && where.includes(era === 'modern' ? 'm' : 'l');
    if (!here || decide === undefined) return [];
    if (weakened.has(id) && !INDISPENSABLE.has(id)) return [];
    const forgiving = weakened.has('deny-by-default') && phase === 'authorize';
    return [{ id, decide: forgiving ? goOnWhenBroken(decide) : decide }];
  });
}
