import { StoreUnavailable } from '../errors.ts';
import { describeError } from '../text/describe-error.ts';
import type { Exchange } from './context.ts';
import type { Decide } from './control.ts';
import { deny, type Denial } from './decision.ts';

/** A control in its place: what decides, and the name that a refusal carries. */
export interface Step {
  readonly id: string;
  readonly decide: Decide;
}

function refuse(exchange: Exchange, step: Step, denial: Denial): Denial {
  exchange.denial = denial;
  exchange.deniedBy = step.id;
  return denial;
}

function crashed(exchange: Exchange, step: Step, error: unknown): Denial {
  if (error instanceof StoreUnavailable) return refuse(exchange, step, storeDenial(error));
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'a value was thrown';
  return refuse(exchange, step, deny('INTERNAL', { detail: `${step.id} threw ${detail}` }));
}

/** The refusal of whatever needed a store that failed; how it failed is for the audit log. */
export function storeDenial({ method, cause }: StoreUnavailable): Denial {
  return deny('STORE_UNAVAILABLE', { detail: `the store failed at ${method}: ${describeError(cause)}` });
}

/**
 * Runs steps in order until one denies. Answers without a promise while every step does. A throw is a denial with
 * code `INTERNAL`, or `STORE_UNAVAILABLE` where it was the store that failed: there is no way past a control that breaks.
 */
export function runSteps(
  steps: readonly Step[],
  exchange: Exchange,
  from = 0,
): Denial | undefined | Promise<Denial | undefined> {
  for (let index = from; index < steps.length; index++) {
    const step = steps[index];
    if (step === undefined) break;
    try {
      const decision = step.decide(exchange);
      if (decision instanceof Promise) return resume(steps, exchange, index, step, decision);
      if (!decision.pass) return refuse(exchange, step, decision);
    } catch (error) {
      return crashed(exchange, step, error);
    }
  }
  return undefined;
}

async function resume(
  steps: readonly Step[],
  exchange: Exchange,
  index: number,
  step: Step,
  pending: Promise<{ readonly pass: true } | Denial>,
): Promise<Denial | undefined> {
  try {
    const decision = await pending;
    if (!decision.pass) return refuse(exchange, step, decision);
  } catch (error) {
    return crashed(exchange, step, error);
  }
  return runSteps(steps, exchange, index + 1);
}
