import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { StoreUnavailable } from '../errors.ts';
import { guardStore } from './guard.ts';
import { createMemoryStore } from './memory.ts';
import type { Store } from './store.ts';

/** One call of every method. */
const CALLS: ReadonlyMap<keyof Store, (store: Store) => unknown> = new Map<keyof Store, (store: Store) => unknown>([
  ['get', (store) => store.get('k')],
  ['put', (store) => store.put('k', 'v', 1000)],
  ['add', (store) => store.add('n', 'v', 1000)],
  ['compareAndSet', (store) => store.compareAndSet('k', 'v', 'w', 1000)],
  ['increment', (store) => store.increment('c', 2, 1000)],
  ['delete', (store) => store.delete('k')],
  ['keys', (store) => store.keys('c', 10)],
  ['rate', (store) => store.rate('r', 60, 1)],
  ['publish', (store) => store.publish('channel', 'message')],
  ['subscribe', (store) => store.subscribe('channel', () => undefined)],
  ['close', (store) => store.close()],
]);

function failing(fail: () => never | Promise<never>): Store {
  return {
    get: fail,
    put: fail,
    add: fail,
    compareAndSet: fail,
    increment: fail,
    delete: fail,
    keys: fail,
    rate: fail,
    publish: fail,
    subscribe: fail,
    close: fail,
  };
}

test('what answers at once still does, with the same answer', () => {
  const store = guardStore(createMemoryStore());
  const answers = [...CALLS].map(([method, call]) => {
    const answer = call(store);
    return [method, typeof answer === 'function' ? 'a function' : answer];
  });
  assert.deepEqual(answers, [
    ['get', undefined],
    ['put', undefined],
    ['add', true],
    ['compareAndSet', true],
    ['increment', 2],
    ['delete', true],
    ['keys', ['c']],
    ['rate', { waitMs: 0 }],
    ['publish', undefined],
    ['subscribe', 'a function'],
    ['close', undefined],
  ]);
});

test('every method that throws, or rejects, does so as StoreUnavailable with the cause inside', async () => {
  const cause = new TypeError('fetch failed');
  for (const [method, call] of CALLS) {
    const expected = { name: 'StoreUnavailable', message: 'The state store cannot be reached.', method, cause };
    const throwing = guardStore(
      failing(() => {
        throw cause;
      }),
    );
    assert.throws(() => call(throwing), expected);
    const rejecting = guardStore(failing(() => Promise.reject(cause)));
    await assert.rejects(async () => call(rejecting), expected);
    await assert.rejects(async () => call(rejecting), StoreUnavailable);
  }
});

test('an answer by a promise of another make is waited for, and never taken as true', async () => {
  const store = guardStore({
    ...createMemoryStore(),
    add: () => runInNewContext('Promise.resolve(false)') as Promise<boolean>,
  });
  const answer = store.add('nonce', '1', 1000);
  assert.ok(answer instanceof Promise);
  assert.equal(await answer, false);
});

test('a store that never answers is one that cannot be reached', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = guardStore(failing(() => new Promise<never>(() => undefined)));
  for (const [method, call] of CALLS) {
    if (method === 'subscribe' || method === 'close') continue;
    const told = assert.rejects(
      async () => call(silent),
      (error) => error instanceof StoreUnavailable && /no answer within 5000 ms/.test(String(error.cause)),
      method,
    );
    t.mock.timers.tick(5_000);
    await told;
  }
});
