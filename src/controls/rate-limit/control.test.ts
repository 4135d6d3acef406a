import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../stores/store.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import { tool } from '../../index.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { echo } from '../../prove/tools.ts';
import { configure } from './control.ts';

const dear = tool({ ...echo.options, name: 'dear', limits: { perMinute: 2, burst: 1 } });
const LIMITS = { perMinutePrincipal: 6, burstPrincipal: 3, perMinuteServer: 60, burstServer: 5 };

function limiter(store: Store = createMemoryStore({ now: () => 1_000 })) {
  const decide = configure(testSettings({ store, limits: LIMITS, server: { tools: [echo, dear] } }));
  return (name: string, options: Parameters<typeof principal>[0] = {}) =>
    decide(exchangeOf('tools/call', { name, arguments: {} }, { principal: principal(options) }));
}

test('a call beyond the burst is told when it can succeed', () => {
  const call = limiter();
  for (let sent = 0; sent < 3; sent++) assert.deepEqual(call('echo'), { pass: true });
  assert.deepEqual(call('echo'), { pass: false, code: 'RATE_LIMITED', retryAfter: 10 });
});

test('a tool has a meter of its own', () => {
  const call = limiter();
  assert.deepEqual(call('dear'), { pass: true });
  assert.deepEqual(call('dear'), { pass: false, code: 'RATE_LIMITED', retryAfter: 30 });
  assert.deepEqual(call('echo'), { pass: true });
});

test('neither another token nor another client nor a name that does not exist makes a new meter', () => {
  const call = limiter();
  assert.deepEqual(call('echo', { credential: 'one' }), { pass: true });
  assert.deepEqual(call('ECHO', { credential: 'two' }), { pass: true });
  assert.deepEqual(call('none', { client: 'another' }), { pass: true });
  assert.deepEqual(call('echo'), { pass: false, code: 'RATE_LIMITED', retryAfter: 10 });
});

test('a caller that is told to wait does not use up what others may do', () => {
  const call = limiter();
  for (let sent = 0; sent < 100; sent++) void call('echo');
  assert.deepEqual(call('echo', { id: 'bob-id' }), { pass: true });
  assert.deepEqual(call('echo', { id: 'bob-id' }), { pass: true });
  assert.deepEqual(call('echo', { id: 'bob-id' }), { pass: false, code: 'RATE_LIMITED', retryAfter: 1 });
});

test('a store that answers by a promise is waited for', async () => {
  const asked: string[] = [];
  const store: Store = {
    ...createMemoryStore(),
    rate: (key) => {
      asked.push(key);
      return Promise.resolve({ waitMs: key === 'rate:alice-id' ? 1_001 : 0 });
    },
  };
  assert.deepEqual(await limiter(store)('dear'), { pass: false, code: 'RATE_LIMITED', retryAfter: 2 });
  assert.deepEqual(asked, ['rate:alice-id:tool:dear', 'rate:alice-id']);
});

test('a store that cannot be reached throws, which denies', () => {
  const store: Store = {
    ...createMemoryStore(),
    rate: () => {
      throw new Error('no store');
    },
  };
  assert.throws(() => limiter(store)('echo'), /no store/);
});

test('nobody is refused', () => {
  const exchange = exchangeOf('tools/list');
  exchange.principal = undefined;
  assert.deepEqual(configure(testSettings())(exchange), { pass: false, code: 'TOKEN_MISSING' });
});
