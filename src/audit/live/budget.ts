/** How much a run may do to a target. */
export interface BudgetLimits {
  /** Requests in all. */
  readonly requests: number;
  /** Bytes of answers in all. */
  readonly bytes: number;
  /** Bytes of one answer. */
  readonly answerBytes: number;
  /** Milliseconds for one answer. */
  readonly answerMs: number;
  /** Milliseconds for the whole run. */
  readonly runMs: number;
}

/** What is used when nothing else is said. */
const DEFAULT_LIMITS: BudgetLimits = Object.freeze({
  requests: 1_500,
  bytes: 64 * 1024 * 1024,
  answerBytes: 4 * 1024 * 1024,
  answerMs: 5_000,
  runMs: 50_000,
});

/** What is left of the limits of a run. */
export interface Budget {
  readonly limits: BudgetLimits;
  /** Takes one request; its milliseconds, or undefined where nothing is left to send it with. */
  take(): number | undefined;
  /** Takes bytes of an answer; false where too many came in all. */
  receive(bytes: number): boolean;
  /** Why nothing more is sent, or undefined. */
  exhausted(): string | undefined;
  /** Milliseconds until the run ends. */
  left(): number;
}

/** Starts the clock of a run. */
export function createBudget(given: Partial<BudgetLimits> = {}): Budget {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const end = performance.now() + limits.runMs;
  let [requests, bytes] = [0, 0];
  const left = (): number => Math.max(0, end - performance.now());
  const exhausted = (): string | undefined => {
    if (requests >= limits.requests) return `${limits.requests} requests were sent`;
    if (bytes >= limits.bytes) return `${limits.bytes} bytes came back`;
    return left() === 0 ? `${limits.runMs / 1_000} s have passed` : undefined;
  };
  return {
    limits,
    take() {
      if (exhausted() !== undefined) return undefined;
      requests += 1;
      return Math.min(limits.answerMs, left());
    },
    receive(count) {
      bytes += count;
      return bytes < limits.bytes;
    },
    exhausted,
    left,
  };
}
