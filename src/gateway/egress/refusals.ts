import { neutralise } from '../../text/neutralise.ts';

/** Different lines that one upstream is worth; what is beyond is counted. */
const MOST_LINES = 32;

/** What an upstream was refused, for the operator: each destination once, and how often in all. */
export class Refusals {
  readonly #log: (line: string) => void;
  readonly #told = new Set<string>();
  #count = 0;

  /** @param log Takes a line without hidden characters. */
  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** How often something was refused or failed. */
  get count(): number {
    return this.#count;
  }

  /** @param where What the upstream named, as it came. */
  add(where: string, why: string): void {
    this.#count += 1;
    const line = `no way out to ${neutralise(JSON.stringify(where.slice(0, 200)))}: ${neutralise(why.slice(0, 200))}`;
    if (this.#told.size >= MOST_LINES || this.#told.has(line)) return;
    this.#told.add(line);
    this.#log(line);
  }

  /** Tells how many there were, where the lines do not. */
  end(): void {
    if (this.#count > this.#told.size) this.#log(`no way out was given ${this.#count} times in all`);
    this.#count = 0;
  }
}
