import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../pipeline/context.ts';
import { exchangeOf, httpFacts, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const LIMITS = { concurrentPerPrincipal: 2, streamsPerPrincipal: 1, watchedUris: 2 };
const create = () => configure(testSettings({ limits: LIMITS }));
const call = (id = 'alice-id') => exchangeOf('tools/call', { name: 'echo' }, { principal: principal({ id }) });
const listen = (uris: readonly string[] = []) =>
  exchangeOf('subscriptions/listen', { notifications: { resourceSubscriptions: uris } });

function end(exchange: Exchange): void {
  for (const each of exchange.ends ?? []) each();
}

test('a principal holds so many calls, and gets each place back when a call ends', () => {
  const decide = create();
  const [first, second] = [call(), call()];
  assert.deepEqual(decide(first), { pass: true });
  assert.deepEqual(decide(second), { pass: true });
  assert.deepEqual(decide(call()), { pass: false, code: 'CONCURRENCY_LIMIT', retryAfter: 1 });
  assert.deepEqual(decide(call('bob-id')), { pass: true });
  end(first);
  assert.deepEqual(decide(call()), { pass: true });
  assert.deepEqual(decide(call()), { pass: false, code: 'CONCURRENCY_LIMIT', retryAfter: 1 });
});

test('streams are counted apart from calls, in both eras', () => {
  const decide = create();
  const stream = listen();
  assert.deepEqual(decide(stream), { pass: true });
  assert.deepEqual(decide(listen()), { pass: false, code: 'STREAM_LIMIT', retryAfter: 1 });
  const get = new Exchange('http', 'legacy', httpFacts({ method: 'GET' }));
  get.principal = principal();
  assert.deepEqual(decide(get), { pass: false, code: 'STREAM_LIMIT', retryAfter: 1 });
  assert.deepEqual(decide(call()), { pass: true });
  end(stream);
  assert.deepEqual(decide(get), { pass: true });
});

test('a stream watches so many URIs', () => {
  assert.deepEqual(create()(listen(['a', 'b'])), { pass: true });
  assert.deepEqual(create()(listen(['a', 'b', 'c'])), {
    pass: false,
    code: 'STREAM_LIMIT',
    detail: 'too many watched URIs',
    retryAfter: 60,
  });
});
