import { StoreUnavailable } from '../errors.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import type { RateVerdict, Store } from './store.ts';

/** Milliseconds that a store has for an answer. */
const ANSWER_MS = 5_000;
/** Each is asked once, and what it gives must be held: it cannot be given up. */
const PATIENT: ReadonlySet<keyof Store> = new Set(['subscribe', 'close']);

/**
 * Makes every failure of a store, thrown or rejected or without an answer, a `StoreUnavailable`, so that a caller is told
 * that state is out of reach and nothing is done without it. What answers at once still does.
 */
export function guardStore(store: Store): Store {
  return Object.freeze({
    get: (key: string) => ask('get', () => store.get(key)),
    put: (key: string, value: string, ttlMs: number) => ask('put', () => store.put(key, value, ttlMs)),
    add: (key: string, value: string, ttlMs: number) => ask('add', () => store.add(key, value, ttlMs)),
    compareAndSet: (key: string, expected: string, next: string, ttlMs: number) =>
      ask('compareAndSet', () => store.compareAndSet(key, expected, next, ttlMs)),
    increment: (key: string, by: number, ttlMs: number) => ask('increment', () => store.increment(key, by, ttlMs)),
    delete: (key: string) => ask('delete', () => store.delete(key)),
    keys: (prefix: string, limit: number) => ask('keys', () => store.keys(prefix, limit)),
    // Asked on every request, so without a closure.
    rate(key: string, perMinute: number, burst: number): MaybePromise<RateVerdict> {
      try {
        return settled('rate', store.rate(key, perMinute, burst));
      } catch (error) {
        throw new StoreUnavailable('rate', error);
      }
    },
    publish: (channel: string, message: string) => ask('publish', () => store.publish(channel, message)),
    subscribe: (channel: string, listener: (message: string) => void) =>
      ask('subscribe', () => store.subscribe(channel, listener)),
    close: () => ask('close', () => store.close()),
  });
}

function ask<T>(method: keyof Store, question: () => MaybePromise<T>): MaybePromise<T> {
  try {
    return settled(method, question());
  } catch (error) {
    throw new StoreUnavailable(method, error);
  }
}

/** INVARIANT: a thenable of any make becomes a promise; taken for the answer itself, it would count as `true`. */
function settled<T>(method: keyof Store, answer: MaybePromise<T>): MaybePromise<T> {
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return answer;
  const answered = Promise.resolve(answer).catch((error: unknown) => {
    throw new StoreUnavailable(method, error);
  });
  return PATIENT.has(method) ? answered : inTime(method, answered);
}

/** A connection that broke without a word would otherwise hold every request, for ever. */
async function inTime<T>(method: keyof Store, answered: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    reject(new StoreUnavailable(method, new Error(`there was no answer within ${ANSWER_MS} ms`)));
  };
  const timer = setTimeout(giveUp, ANSWER_MS);
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
