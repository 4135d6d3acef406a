/** The URIs that one stream or session watches, with what ends the hearing of each at its origin. */
export class Watched {
  readonly #stops = new Map<string, () => void>();
  #hear: (uri: string) => void = () => undefined;
  #isOver = false;

  get size(): number {
    return this.#stops.size;
  }

  has(uri: string): boolean {
    return this.#stops.has(uri);
  }

  /** Ends what it is given where the URI is watched already, or nothing is any more. */
  add(uri: string, stop: () => void): void {
    if (this.#isOver || this.#stops.has(uri)) stop();
    else this.#stops.set(uri, stop);
  }

  delete(uri: string): void {
    const stop = this.#stops.get(uri);
    this.#stops.delete(uri);
    stop?.();
  }

  /** Says where changes go; before that nobody hears of them. */
  hearBy(hear: (uri: string) => void): void {
    this.#hear = hear;
  }

  /** Tells of a change at the origin. */
  tell(uri: string): void {
    if (!this.#isOver) this.#hear(uri);
  }

  close(): void {
    this.#isOver = true;
    for (const uri of this.#stops.keys()) this.delete(uri);
  }
}
