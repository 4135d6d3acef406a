import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthenticator } from '../../identity/authenticator.ts';
import { configure } from './control.ts';

const fault = configure(true);
const OVER = 'the lifetime is over the ceiling';

test('a token passes up to the ceiling and not beyond', () => {
  assert.equal(fault({ issuedAt: 1000, expiresAt: 1300 }, 900), undefined);
  assert.equal(fault({ issuedAt: 1000, expiresAt: 1900 }, 900), undefined);
  assert.equal(fault({ issuedAt: 1000, expiresAt: 1901 }, 900), OVER);
  assert.equal(fault({ issuedAt: 1000, expiresAt: 1900.5 }, 900), OVER);
  assert.equal(fault({ issuedAt: 1000, expiresAt: 87_400 }, 3600), OVER);
});

test('a token that lapses before it was issued is no short-lived token', () => {
  assert.equal(fault({ issuedAt: 1000, expiresAt: 1000 }, 900), OVER);
  assert.equal(fault({ issuedAt: 1000, expiresAt: 10 }, 900), OVER);
});

test('dates that are no numbers are refused', () => {
  assert.equal(fault({ issuedAt: Number.NaN, expiresAt: 1300 }, 900), OVER);
  assert.equal(fault({ issuedAt: 1000, expiresAt: Number.NaN }, 900), OVER);
  assert.equal(fault({ issuedAt: 1000, expiresAt: Number.POSITIVE_INFINITY }, 900), OVER);
});

test('a ceiling above an hour, or none, cannot be configured', () => {
  for (const maxTokenAgeSeconds of [3601, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const issuers = [{ issuer: 'https://issuer.example', maxTokenAgeSeconds }];
    assert.throws(() => createAuthenticator({ resource: 'https://server.example/mcp', issuers }), {
      name: 'TypeError',
      message: 'issuers: maxTokenAgeSeconds must be a whole number from 1 to 3600',
    });
  }
});

test('switched off, a token lives as long as it likes', () => {
  assert.equal(configure(false)({ issuedAt: 1000, expiresAt: 87_400 }, 900), undefined);
});
