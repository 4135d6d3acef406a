import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Duration, toMilliseconds } from './duration.ts';

test('spans of time', () => {
  assert.equal(toMilliseconds(1500, 'ttl'), 1500);
  assert.equal(toMilliseconds('250ms', 'ttl'), 250);
  assert.equal(toMilliseconds('2s', 'ttl'), 2000);
  assert.equal(toMilliseconds('1.5m', 'ttl'), 90_000);
  assert.equal(toMilliseconds('2h', 'ttl'), 7_200_000);
  assert.equal(toMilliseconds('1d', 'ttl'), 86_400_000);
  for (const bad of [
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '0s',
    '-1s',
    '1',
    's',
    '1 s',
    '1w',
    '1e3s',
    '',
    null,
  ]) {
    assert.throws(() => toMilliseconds(bad as Duration, 'ttl'), {
      name: 'TypeError',
      message: /^ttl: .* is no span of time/,
    });
  }
});
