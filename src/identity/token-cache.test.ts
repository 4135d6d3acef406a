import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenCache, type Authenticated } from './token-cache.ts';

function authenticated(credential: string, expiresAt = 1_000_000, id = 'p'): Authenticated {
  return {
    pass: true,
    principal: {
      id,
      issuer: 'https://as.example',
      subject: 's',
      client: 'c',
      scopes: new Set(),
      expiresAt,
      credential,
    },
  };
}

test('an entry lives a minute at most, and never past its expiry', () => {
  const cache = createTokenCache(10);
  const long = authenticated('long');
  cache.put(long, 0);
  cache.put(authenticated('short', 500), 0);
  assert.equal(cache.get('long', 59_999), long);
  assert.equal(cache.get('long', 60_000), undefined);
  assert.equal(cache.get('short', 499)?.principal.credential, 'short');
  assert.equal(cache.get('short', 500), undefined);
});

test('the least recently used entry leaves first', () => {
  const cache = createTokenCache(2);
  cache.put(authenticated('a'), 0);
  cache.put(authenticated('b'), 0);
  cache.get('a', 1);
  cache.put(authenticated('c'), 1);
  assert.equal(cache.get('b', 2), undefined);
  assert.equal(cache.get('a', 2)?.principal.credential, 'a');
  assert.equal(cache.get('c', 2)?.principal.credential, 'c');
});

test('entries are dropped by credential and by principal, and a size of 0 keeps none', () => {
  const cache = createTokenCache(5);
  for (const [credential, id] of [
    ['a', 'p'],
    ['b', 'p'],
    ['c', 'q'],
  ] as const) {
    cache.put(authenticated(credential, 1_000_000, id), 0);
  }
  cache.drop('a');
  assert.equal(cache.get('a', 1), undefined);
  cache.dropWhere((principal) => principal.id === 'p');
  assert.equal(cache.get('b', 1), undefined);
  assert.equal(cache.get('c', 1)?.principal.credential, 'c');
  const none = createTokenCache(0);
  none.put(authenticated('a'), 0);
  assert.equal(none.get('a', 1), undefined);
});
