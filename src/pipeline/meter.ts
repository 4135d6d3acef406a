/** What of the machine is counted for each principal. */
export type Metered = 'cpuMs' | 'diskBytes' | 'processes' | 'logBytes';

/** Counts what one call uses, for its principal. */
export interface Meter {
  /** Whether what is about to be used is within the quota of this window. Counted either way. */
  take(resource: Metered, amount: number): boolean;
  /**
   * Insists that it is.
   * @throws QuotaExceeded when it is not.
   */
  spend(resource: Metered, amount: number): void;
}
