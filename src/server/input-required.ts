import type { Exchange } from '../pipeline/context.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Parts } from './parts.ts';
import { RoundEnd } from './refusal.ts';
import type { Pending } from './work.ts';

/** Carries the questions of a round to the answer. */
export class InputRequired extends RoundEnd {
  readonly result: JsonObject;

  constructor(result: JsonObject) {
    super();
    this.result = result;
  }
}

/** Ends a round with what is asked of the client, sealed to this call. @throws InputRequired. */
export function throwInputRequired(parts: Parts, exchange: Exchange, { questions, carried }: Pending): never {
  const asked = new Map(exchange.rounds?.asked);
  for (const [key, { digest }] of questions) asked.set(key, digest);
  const requestState = parts.requestState.seal(exchange, {
    round: (exchange.rounds?.round ?? 0) + 1,
    answers: Object.fromEntries(exchange.rounds?.answers ?? []),
    asked: Object.fromEntries(asked),
    carried,
  });
  const inputRequests = Object.fromEntries([...questions].map(([key, { request }]) => [key, request]));
  throw new InputRequired({ resultType: 'input_required', inputRequests, requestState });
}
