import type { MaybePromise } from '../pipeline/decision.ts';

/** How long a principal must wait, in milliseconds; 0 when the call conforms. */
export interface RateVerdict {
  readonly waitMs: number;
}

/**
 * Where state lives between requests. Every method may answer at once (memory, SQLite) or by a promise (a server).
 * A store that cannot be reached throws or rejects; the host turns that into `STORE_UNAVAILABLE`, a denial.
 * Keys and values are strings; TTLs are milliseconds; an expired entry is absent.
 */
export interface Store {
  get(key: string): MaybePromise<string | undefined>;
  put(key: string, value: string, ttlMs: number): MaybePromise<void>;
  /** Inserts only when the key is absent: true when this call inserted it (atomic). Nonces are consumed with it. */
  add(key: string, value: string, ttlMs: number): MaybePromise<boolean>;
  /** Replaces only when the present value is `expected`: true when it did (atomic). */
  compareAndSet(key: string, expected: string, next: string, ttlMs: number): MaybePromise<boolean>;
  /** Adds to a counter (absent counts as 0) and gives the new value (atomic). */
  increment(key: string, by: number, ttlMs: number): MaybePromise<number>;
  delete(key: string): MaybePromise<boolean>;
  /** Lists live keys that begin with `prefix`, at most `limit`. */
  keys(prefix: string, limit: number): MaybePromise<readonly string[]>;
  /** GCRA: one call at `key`, allowed `burst` at once and `perMinute` sustained. */
  rate(key: string, perMinute: number, burst: number): MaybePromise<RateVerdict>;
  publish(channel: string, message: string): MaybePromise<void>;
  /** Calls `listener` for each message until the returned function is called. */
  subscribe(channel: string, listener: (message: string) => void): MaybePromise<() => void>;
  close(): MaybePromise<void>;
}
