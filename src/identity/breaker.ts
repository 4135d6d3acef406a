/** Says whether an issuer may be asked now. */
export interface Breaker {
  /** Milliseconds to wait before the next attempt; 0 when one is allowed now. */
  waitMs(now: number): number;
  succeeded(): void;
  failed(now: number): void;
}

const THRESHOLD = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * A circuit breaker: after three failures in a row it pauses for 5 s, and for twice as long after each further failure,
 * up to 60 s. An issuer that is down is then neither hammered nor waited for.
 */
export function createBreaker(): Breaker {
  let failures = 0;
  let openUntil = 0;
  return {
    waitMs(now) {
      return Math.max(0, openUntil - now);
    },
    succeeded() {
      failures = 0;
      openUntil = 0;
    },
    failed(now) {
      failures += 1;
      if (failures < THRESHOLD) return;
      openUntil = now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - THRESHOLD));
    },
  };
}
