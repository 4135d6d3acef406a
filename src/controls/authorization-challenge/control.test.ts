import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { deny } from '../../pipeline/decision.ts';
import { configure } from './control.ts';

const METADATA = 'resource_metadata="http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp"';
const challenge = configure(testSettings());

test('a request without a token is told where to go and with which scopes to begin', () => {
  assert.equal(challenge(deny('TOKEN_MISSING')), `Bearer scope="text:read", ${METADATA}`);
});

test('a bad token is told that it is bad, and not why', () => {
  const detail = 'signature of key 7 does not match';
  assert.equal(
    challenge(deny('TOKEN_INVALID', { detail })),
    'Bearer error="invalid_token", error_description="The access token is not valid for this server.", ' +
      `scope="text:read", ${METADATA}`,
  );
  assert.match(challenge(deny('TOKEN_EXPIRED')) ?? '', /^Bearer error="invalid_token", /);
});

test('a missing scope is told all scopes of the operation at once', () => {
  assert.equal(
    challenge(deny('SCOPE_INSUFFICIENT', { scopes: ['notes:read', 'notes:write'] })),
    'Bearer error="insufficient_scope", error_description="The access token lacks a scope that this operation needs.", ' +
      `scope="notes:read notes:write", ${METADATA}`,
  );
});

test('a token in the URL is told that the request is wrong (RFC 6750 section 3.1)', () => {
  assert.match(challenge(deny('TOKEN_IN_URL')) ?? '', /^Bearer error="invalid_request", /);
});

test('offline_access and what would break the header never appear', () => {
  const value = challenge(
    deny('SCOPE_INSUFFICIENT', { scopes: ['offline_access', 'a"b', 'a b', 'a\r\nX: y', 'ok:read'] }),
  );
  assert.match(value ?? '', / scope="ok:read", /);
  assert.doesNotMatch(value ?? '', /offline_access|X: y|\r|\n/);
});

test('other refusals carry no challenge', () => {
  for (const code of ['FORBIDDEN', 'ORIGIN_REFUSED', 'NOT_FOUND', 'RATE_LIMITED', 'INTERNAL'] as const) {
    assert.equal(challenge(deny(code)), undefined, code);
  }
});

test('there is none on stdio, nor when it is switched off', () => {
  const stdio = { ...testSettings(), http: undefined };
  assert.equal(configure(stdio)(deny('TOKEN_MISSING')), undefined);
  const off = testSettings({ weakened: new Set(['authorization-challenge']) });
  assert.equal(configure(off)(deny('TOKEN_MISSING')), undefined);
});
