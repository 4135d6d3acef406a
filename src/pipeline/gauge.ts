/** Counts what each key holds at once. */
export interface Gauge {
  /** Takes one more for the key; false when it holds the most already. */
  take(key: string): boolean;
  give(key: string): void;
}

/** Creates a gauge that lets each key hold at most `most`. A key that holds nothing takes no memory. */
export function createGauge(most: number): Gauge {
  const held = new Map<string, number>();
  return {
    take(key: string): boolean {
      const count = held.get(key) ?? 0;
      if (count >= most) return false;
      held.set(key, count + 1);
      return true;
    },
    give(key: string): void {
      const count = held.get(key) ?? 0;
      if (count <= 1) held.delete(key);
      else held.set(key, count - 1);
    },
  };
}
