const MAX_KEY = 1024;
const MAX_VALUE = 1024 * 1024;

/**
 * Checks what a caller stores.
 * @throws TypeError for a key over 1,024 characters, a value over 1 Mi characters or a TTL that is not above 0.
 */
export function checkEntry(key: string, value: string, ttlMs: number): void {
  checkKey(key);
  if (typeof value !== 'string' || value.length > MAX_VALUE) throw new TypeError('a value is a string of at most 1 Mi');
  if (!(ttlMs > 0 && ttlMs < Number.MAX_SAFE_INTEGER)) throw new TypeError('a TTL is a number of milliseconds above 0');
}

/** @throws TypeError for a key that is empty or over 1,024 characters. */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY) {
    throw new TypeError('a key is a string of 1 to 1,024 characters');
  }
}

/** @throws TypeError for a step that is not a whole number. */
export function checkStep(by: number): void {
  if (!Number.isSafeInteger(by)) throw new TypeError('a counter moves by whole numbers');
}

/**
 * Reads a counter's value.
 * @throws TypeError when the value is no counter or leaves the safe range.
 */
export function parseCounter(value: string): number {
  const count = Number(value);
  if (!/^-?\d{1,16}$/.test(value) || !Number.isSafeInteger(count)) throw new TypeError('the value is not a counter');
  return count;
}
