import type { Exchange } from '../pipeline/context.ts';

/** Counts the requests that are decided on and served by one set of definitions, so that it can be closed after the last. */
export class Calls {
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #leave = (): void => {
    this.#open -= 1;
    if (this.#open === 0) for (const each of this.#waiting.splice(0)) each();
  };

  /** Counts a request until what it holds is given back. */
  enter(exchange: Exchange): void {
    this.#open += 1;
    exchange.ends ??= [];
    exchange.ends.push(this.#leave);
  }

  /** Resolves when no request is in progress. */
  idle(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
