import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFacts, principal, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { deny } from '../../pipeline/decision.ts';
import type { Authentication, Settings } from '../../pipeline/settings.ts';
import { configure } from './control.ts';

const alice = principal({ id: 'verified' });

/** Accepts one token, as an issuer would; at once or by a promise. */
function accepts(token: string, later: boolean): Authentication {
  return {
    ready: true,
    authenticate(authorization) {
      const verdict =
        authorization === `Bearer ${token}` ? { pass: true as const, principal: alice } : deny('TOKEN_INVALID');
      return later ? Promise.resolve(verdict) : verdict;
    },
  };
}

async function run(settings: Settings, options: Parameters<typeof httpFacts>[0] = {}) {
  const exchange = new Exchange('http', 'modern', httpFacts(options));
  const decision = await configure(settings)(exchange);
  return { decision: decision.pass ? 'pass' : decision.code, principal: exchange.principal?.id };
}

for (const later of [false, true]) {
  const settings = testSettings({ authentication: accepts('good', later) });

  test(`a verified token gives the request its principal${later ? ', also when it takes time' : ''}`, async () => {
    assert.deepEqual(await run(settings, { headers: { authorization: 'Bearer good' } }), {
      decision: 'pass',
      principal: 'verified',
    });
  });

  test(`anything else gives it none${later ? ', also when it takes time' : ''}`, async () => {
    for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer bad' }, { authorization: 'good' }]) {
      assert.deepEqual(await run(settings, { headers }), { decision: 'TOKEN_INVALID', principal: undefined });
    }
  });
}

test('without an issuer nobody comes in', async () => {
  const settings = testSettings({ authentication: undefined });
  assert.deepEqual(await run(settings, { headers: { authorization: 'Bearer good' } }), {
    decision: 'TOKEN_MISSING',
    principal: undefined,
  });
});

test('a request that did not come over HTTP has nothing to show', async () => {
  const decision = await configure(testSettings({ authentication: accepts('good', false) }))(
    new Exchange('stdio', 'modern'),
  );
  assert.equal(decision.pass, false);
});

test('a token in the query is not looked at', async () => {
  const settings = testSettings({ authentication: accepts('good', false) });
  assert.equal((await run(settings, { query: 'access_token=good' })).decision, 'TOKEN_INVALID');
});

test('an authenticator that throws lets nobody in', () => {
  const authentication = {
    ready: true,
    authenticate(): never {
      throw new Error('broken');
    },
  };
  const exchange = new Exchange('http', 'modern', httpFacts());
  assert.throws(() => configure(testSettings({ authentication }))(exchange), /broken/);
  assert.equal(exchange.principal, undefined);
});

test('switched off, a stranger is the local user, and a token that is shown is still verified', async () => {
  const weakened = new Set(['authentication']);
  const settings = testSettings({ authentication: accepts('good', false), weakened });
  assert.deepEqual(await run(settings), { decision: 'pass', principal: 'alice-id' });
  assert.equal((await run(settings, { headers: { authorization: 'Bearer bad' } })).decision, 'TOKEN_INVALID');
});
