const FRESH = new WeakMap<object, number>();

/**
 * Says of an answer how long it may be kept: what is told to the client in place of what its resource declares.
 * @param ms Milliseconds from now; 0 for not at all.
 */
export function keepFresh<T extends object>(answer: T, ms: number): T {
  FRESH.set(answer, ms);
  return answer;
}

/** Milliseconds for which an answer may be kept; `undefined` where nobody has said. */
export function freshnessOf(answer: unknown): number | undefined {
  return typeof answer === 'object' && answer !== null ? FRESH.get(answer) : undefined;
}
