import type { JsonObject } from '../../protocol/json.ts';
import type { Target } from '../../pipeline/catalog.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { MaybePromise } from '../../pipeline/decision.ts';
import type { Parts } from '../parts.ts';
import type { Asker } from '../gate.ts';
import type { Sink } from '../sink.ts';

/**
 * Runs code of the author's under deadline and cleanup, with a context that has the target's capabilities. `isOver` says
 * whether the call has been answered meanwhile.
 */
export type Perform = (
  target: Target | undefined,
  work: (ctx: object, isOver: () => boolean, asker: Asker) => MaybePromise<unknown>,
) => Promise<unknown>;

/** What a method needs to do its work. */
export interface MethodCall {
  readonly exchange: Exchange;
  readonly parts: Parts;
  readonly sink: Sink;
  readonly perform: Perform;
}

/** Turns a request into the result that answers it (without `resultType` and `_meta`, which the engine adds). */
export type Method = (call: MethodCall) => MaybePromise<JsonObject>;

/** The parameters of the request at hand. */
export function paramsOf({ message }: Exchange): JsonObject {
  return message?.kind === 'request' ? message.params : {};
}
