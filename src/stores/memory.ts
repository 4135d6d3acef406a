import { createChannels } from './channels.ts';
import { checkEntry, checkKey, checkStep, parseCounter } from './check.ts';
import { createRate } from './rate.ts';
import type { Store } from './store.ts';

/** Bounds of a store in memory. */
export interface MemoryStoreOptions {
  /** Milliseconds that never go back; a monotonic clock when absent. */
  readonly now?: () => number;
  /** Most live entries; 100,000 when absent. */
  readonly maxEntries?: number;
  /** Most characters of keys and values together; 64 Mi when absent. */
  readonly maxCharacters?: number;
}

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

/**
 * Creates a store that lives and ends with the process. Expired entries go when they are met and when room is needed;
 * a store that is full of live ones throws, so the call is refused rather than a nonce or a counter forgotten.
 */
export function createMemoryStore(options?: MemoryStoreOptions): Store {
  const now = options?.now ?? (() => performance.now());
  const maxEntries = options?.maxEntries ?? 100_000;
  const maxCharacters = options?.maxCharacters ?? 64 * 1024 * 1024;
  const entries = new Map<string, Entry>();
  const channels = createChannels();
  const rate = createRate({ now });
  let characters = 0;
  let sweepAt = Math.min(1024, maxEntries);
  let sweptAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  const open = (): void => {
    if (closed) throw new Error('the store is closed');
  };
  const drop = (key: string, entry: Entry): void => {
    entries.delete(key);
    characters -= key.length + entry.value.length;
  };
  const live = (key: string): Entry | undefined => {
    open();
    const entry = entries.get(key);
    if (entry === undefined || entry.expiresAt > now()) return entry;
    drop(key, entry);
    return undefined;
  };
  const sweep = (): void => {
    const time = now();
    // A full store is swept at most ten times a second, whatever it is asked.
    if (time - sweptAt < 100) return;
    sweptAt = time;
    for (const [key, entry] of entries) if (entry.expiresAt <= time) drop(key, entry);
    sweepAt = Math.min(maxEntries, Math.max(1024, entries.size * 2));
  };
  const sizeOf = (key: string, entry: Entry | undefined): number =>
    entry === undefined ? 0 : key.length + entry.value.length;
  const fits = (key: string, size: number): boolean => {
    const old = entries.get(key);
    return (old !== undefined || entries.size < maxEntries) && characters - sizeOf(key, old) + size <= maxCharacters;
  };
  const write = (key: string, value: string, expiresAt: number): void => {
    const size = key.length + value.length;
    if (entries.size >= sweepAt || !fits(key, size)) sweep();
    if (!fits(key, size)) throw new Error('the store is full');
    characters += size - sizeOf(key, entries.get(key));
    entries.set(key, { value, expiresAt });
  };

  return {
    get: (key) => live(key)?.value,
    put(key, value, ttlMs) {
      open();
      checkEntry(key, value, ttlMs);
      write(key, value, now() + ttlMs);
    },
    add(key, value, ttlMs) {
      checkEntry(key, value, ttlMs);
      if (live(key) !== undefined) return false;
      write(key, value, now() + ttlMs);
      return true;
    },
    compareAndSet(key, expected, next, ttlMs) {
      checkEntry(key, next, ttlMs);
      if (live(key)?.value !== expected) return false;
      write(key, next, now() + ttlMs);
      return true;
    },
    increment(key, by, ttlMs) {
      checkEntry(key, '', ttlMs);
      checkStep(by);
      const entry = live(key);
      const count = parseCounter(String((entry === undefined ? 0 : parseCounter(entry.value)) + by));
      write(key, String(count), entry?.expiresAt ?? now() + ttlMs);
      return count;
    },
    delete(key) {
      const entry = live(key);
      if (entry !== undefined) drop(key, entry);
      return entry !== undefined;
    },
    keys(prefix, limit) {
      open();
      const found: string[] = [];
      const time = now();
      for (const [key, entry] of entries) {
        if (key.startsWith(prefix) && entry.expiresAt > time) found.push(key);
      }
      return found.sort().slice(0, limit);
    },
    rate(key, perMinute, burst) {
      open();
      checkKey(key);
      return rate(key, perMinute, burst);
    },
    publish(channel, message) {
      open();
      channels.publish(channel, message);
    },
    subscribe(channel, listener) {
      open();
      return channels.subscribe(channel, listener);
    },
    close() {
      closed = true;
      entries.clear();
      channels.clear();
    },
  };
}
