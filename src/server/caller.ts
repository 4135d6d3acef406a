/** Whoever waits for the answer to one request of a byte stream or a session. */
export class Caller {
  #isGone = false;
  readonly #listeners = new Set<() => void>();

  /** Calls the listener when the caller leaves, or at once when it has left; the function given back forgets it. */
  onGone(listener: () => void): () => void {
    if (this.#isGone) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The caller has cancelled the request, or its stream or session has ended. */
  leave(): void {
    this.#isGone = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
