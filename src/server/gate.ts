import type { Exchange } from '../pipeline/context.ts';
import type { Decision, MaybePromise } from '../pipeline/decision.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Question } from './ctx.ts';

/** Asks the person behind a call in the name of the host: no tool has to declare it. */
export interface Asker {
  /** Whether the client takes such a question, and the method may ask. */
  mayAskHost(kind: Question['kind']): boolean;
  /**
   * Puts a question, under a key that no handler uses. Ends the round where the era has no live requests: it then
   * rejects, and the call comes back with the answer.
   */
  askHost(key: string, question: Question): Promise<unknown>;
  /** Tells the client of something that belongs to the call. */
  tellHost(method: string, params: JsonObject): void;
  /** Waits for a person: the deadline of the call stands still meanwhile, and begins anew. */
  patient<T>(wait: () => Promise<T>): Promise<T>;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A decision between the object-level check and the record of the intent; the one place where a person may be asked. */
export type Gate = (exchange: Exchange, asker: Asker) => MaybePromise<Decision>;

/** Runs gates in order, without a promise while all of them answer at once. */
export function runGates(
  gates: readonly Gate[],
  exchange: Exchange,
  asker: Asker,
  from = 0,
): MaybePromise<Decision | undefined> {
  for (let at = from; at < gates.length; at++) {
    const decision = gates[at]?.(exchange, asker);
    if (decision instanceof Promise) {
      return decision.then((settled) => (settled.pass ? runGates(gates, exchange, asker, at + 1) : settled));
    }
    if (decision !== undefined && !decision.pass) return decision;
  }
  return undefined;
}
