/** Milliseconds in which one more start is allowed. */
const EACH_MS = 1_000;

interface Budget {
  left: number;
  since: number;
}

/**
 * Bounds how often a principal may have a handler started. Starting one costs the host, so that who crashes its own again
 * and again waits; and whoever waits is called when there is room again.
 */
export class StartBudget {
  readonly #most: number;
  readonly #room: () => void;
  readonly #budgets: Map<string, Budget> = new Map();
  #timer: NodeJS.Timeout | undefined;

  /** `most` is how many starts may come in a row. */
  constructor(most: number, room: () => void) {
    this.#most = most;
    this.#room = room;
  }

  has(principal: string): boolean {
    const budget = this.#fill(principal);
    if (budget === undefined || budget.left >= 1) return true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#room();
    }, EACH_MS).unref();
    return false;
  }

  take(principal: string): void {
    const budget = this.#fill(principal) ?? { left: this.#most, since: Date.now() };
    budget.left -= 1;
    this.#budgets.set(principal, budget);
  }

  /** Forgets those who have their whole budget again. */
  sweep(): void {
    for (const principal of this.#budgets.keys()) this.#fill(principal);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #fill(principal: string): Budget | undefined {
    const budget = this.#budgets.get(principal);
    if (budget === undefined) return undefined;
    const now = Date.now();
    budget.left += (now - budget.since) / EACH_MS;
    budget.since = now;
    if (budget.left < this.#most) return budget;
    this.#budgets.delete(principal);
    return undefined;
  }
}
