import type { Exchange } from '../pipeline/context.ts';
import type { Answer, Engine } from './engine.ts';

/** An engine in whose place another can be put between two requests. */
export interface LiveEngine extends Engine {
  /** Requests that come from now on are decided on and served by `next`; those in progress end where they began. */
  use(next: Engine): void;
}

/** Stands before the engine of a host, for everything that outlives it: listeners, sessions, streams. */
export function createLiveEngine(first: Engine): LiveEngine {
  let engine = first;
  // INVARIANT: what one engine has let in is served by the same one.
  const admitted = new WeakMap<Exchange, Engine>();
  return {
    get parts() {
      return engine.parts;
    },
    plan: (transport, era) => engine.plan(transport, era),
    answer: (exchange, sink) => engine.answer(exchange, sink),
    admit(exchange): Promise<Answer | undefined> {
      admitted.set(exchange, engine);
      return engine.admit(exchange);
    },
    dispatch: (exchange, sink) => (admitted.get(exchange) ?? engine).dispatch(exchange, sink),
    release: (exchange) => engine.release(exchange),
    mayRead: (exchange, uri) => engine.mayRead(exchange, uri),
    refused: (exchange, denial) => engine.refused(exchange, denial),
    use: (next) => void (engine = next),
  };
}
