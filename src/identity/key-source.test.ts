import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startIssuer, type TestIssuer } from '../prove/issuer.ts';
import { type Authenticator, createAuthenticator, type IssuerOptions } from './authenticator.ts';

const RESOURCE = 'https://mcp.example.com/mcp';

interface Stage {
  readonly issuer: TestIssuer;
  readonly authenticator: Authenticator;
  readonly clock: { now: number };
  /** The denial's code, or `pass`, for a token minted at the present time of the clock. */
  readonly attempt: () => Promise<string>;
  readonly fetches: () => number;
}

async function stage(t: TestContext, path = '', more: Partial<IssuerOptions> = {}): Promise<Stage> {
  const issuer = await startIssuer({ path });
  const clock = { now: Date.now() };
  const authenticator = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: issuer.issuer, ...more }],
    now: () => clock.now,
  });
  t.after(() => Promise.all([authenticator.close(), issuer.close()]));
  return {
    issuer,
    authenticator,
    clock,
    attempt: async () => {
      const iat = Math.floor(clock.now / 1000);
      const result = await authenticator.authenticate(`Bearer ${await issuer.mint({ aud: RESOURCE, iat })}`);
      return result.pass ? 'pass' : result.code;
    },
    fetches: () => issuer.requests.filter((url) => url === `${path}/jwks`).length,
  };
}

function answer(status: number, headers: Record<string, string>, body: string) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };
}

test('keys are fetched once for many requests at the same time', async (t) => {
  const { attempt, fetches, authenticator } = await stage(t);
  assert.equal(authenticator.ready, false);
  assert.deepEqual(await Promise.all([attempt(), attempt(), attempt()]), ['pass', 'pass', 'pass']);
  assert.equal(fetches(), 1);
  assert.equal(authenticator.ready, true);
});

test('a new key is found at once, and old tokens end with the old key, cached or not', async (t) => {
  const { issuer, attempt, fetches, authenticator, clock } = await stage(t);
  const old = `Bearer ${await issuer.mint({ aud: RESOURCE })}`;
  assert.equal((await authenticator.authenticate(old)).pass, true);
  await issuer.rotate();
  clock.now += 11_000;
  assert.equal(await attempt(), 'pass');
  assert.equal(fetches(), 2);
  const result = await authenticator.authenticate(old);
  assert.ok(!result.pass);
  assert.equal(result.code, 'TOKEN_INVALID');
});

test('unknown key ids cause at most one fetch in ten seconds', async (t) => {
  const { issuer, attempt, fetches, authenticator, clock } = await stage(t);
  assert.equal(await attempt(), 'pass');
  const junk = async (): Promise<void> => {
    const token = await issuer.mint({ aud: RESOURCE }, { kid: 'nobody' });
    assert.equal((await authenticator.authenticate(`Bearer ${token}`)).pass, false);
  };
  for (let i = 0; i < 5; i += 1) await junk();
  assert.equal(fetches(), 1);
  clock.now += 10_000;
  for (let i = 0; i < 5; i += 1) await junk();
  assert.equal(fetches(), 2);
});

test('with the issuer down, keys at hand go on for an hour and no longer', async (t) => {
  const { issuer, attempt, authenticator, clock } = await stage(t);
  assert.equal(await attempt(), 'pass');
  issuer.stop();
  clock.now += 59 * 60_000;
  assert.equal(await attempt(), 'pass');
  clock.now += 60_000;
  assert.equal(await attempt(), 'ISSUER_UNAVAILABLE');
  assert.equal(authenticator.ready, false);
});

test('stale keys are refreshed in the background', { timeout: 60_000 }, async (t) => {
  const { issuer, attempt, fetches, clock } = await stage(t);
  assert.equal(await attempt(), 'pass');
  const { promise, resolve } = Promise.withResolvers<void>();
  issuer.override('/jwks', (request, response) => {
    resolve();
    answer(200, { 'content-type': 'application/json' }, JSON.stringify(issuer.jwks()))(request, response);
  });
  clock.now += 5 * 60_000;
  assert.equal(await attempt(), 'pass');
  await promise;
  assert.equal(fetches(), 2);
});

test('an issuer whose keys move is discovered again', async (t) => {
  const { issuer, attempt, clock } = await stage(t);
  const json = { 'content-type': 'application/json' };
  assert.equal(await attempt(), 'pass');
  issuer.override('/jwks', answer(404, json, '{}'));
  issuer.override('/keys', answer(200, json, JSON.stringify(issuer.jwks())));
  const moved = JSON.stringify({ issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/keys` });
  issuer.override('/.well-known/oauth-authorization-server', answer(200, json, moved));
  clock.now += 60 * 60_000;
  assert.equal(await attempt(), 'ISSUER_UNAVAILABLE');
  assert.equal(await attempt(), 'pass');
});

test('an issuer that is down is asked three times, then only after a pause, and is taken back', async (t) => {
  const { issuer, attempt, authenticator, clock } = await stage(t);
  issuer.stop();
  for (let i = 0; i < 3; i += 1) assert.equal(await attempt(), 'ISSUER_UNAVAILABLE');
  const asked = issuer.requests.length;
  const result = await authenticator.authenticate(`Bearer ${await issuer.mint({ aud: RESOURCE })}`);
  assert.deepEqual({ ...result, detail: '' }, { pass: false, code: 'ISSUER_UNAVAILABLE', retryAfter: 5, detail: '' });
  await authenticator.warm();
  assert.equal(issuer.requests.length, asked);
  clock.now += 5_000;
  assert.equal(await attempt(), 'ISSUER_UNAVAILABLE');
  assert.equal(issuer.requests.length, asked + 1);
  issuer.start();
  clock.now += 5_000;
  assert.equal(await attempt(), 'ISSUER_UNAVAILABLE');
  clock.now += 5_000;
  assert.equal(await attempt(), 'pass');
});

test('discovery tries every location in order, and believes only a document of the same issuer', async (t) => {
  const { issuer, attempt } = await stage(t, '/tenant1');
  const good = { issuer: issuer.issuer, jwks_uri: issuer.jwksUri };
  const wrong = answer(
    200,
    { 'content-type': 'application/json' },
    JSON.stringify({ ...good, issuer: 'https://honest.example' }),
  );
  issuer.override('/.well-known/oauth-authorization-server/tenant1', wrong);
  assert.equal(await attempt(), 'pass');
  assert.deepEqual(issuer.requests, [
    '/.well-known/oauth-authorization-server/tenant1',
    '/.well-known/openid-configuration/tenant1',
    '/tenant1/.well-known/openid-configuration',
    '/tenant1/jwks',
  ]);
});

test('a key document on another origin needs the option, and gets it', async (t) => {
  const elsewhere = await startIssuer();
  t.after(() => elsewhere.close());
  const refused = await stage(t);
  const moved = JSON.stringify({ issuer: refused.issuer.issuer, jwks_uri: elsewhere.jwksUri });
  for (const at of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
    refused.issuer.override(at, answer(200, { 'content-type': 'application/json' }, moved));
  }
  assert.equal(await refused.attempt(), 'ISSUER_UNAVAILABLE');
  assert.deepEqual(elsewhere.requests, []);

  const named = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: refused.issuer.issuer, jwksUri: elsewhere.jwksUri }],
  });
  t.after(() => named.close());
  const token = await elsewhere.mint({ iss: refused.issuer.issuer, aud: RESOURCE });
  assert.equal((await named.authenticate(`Bearer ${token}`)).pass, true);
});

test('answers that are not a bounded JWKS are refused', async (t) => {
  const json = { 'content-type': 'application/json' };
  const elsewhere = await startIssuer();
  t.after(() => elsewhere.close());
  const hostile: readonly [string, (request: IncomingMessage, response: ServerResponse) => void][] = [
    ['a redirect', answer(302, { location: elsewhere.jwksUri, ...json }, '')],
    ['an error', answer(500, json, JSON.stringify(elsewhere.jwks()))],
    ['another type', answer(200, { 'content-type': 'text/html' }, JSON.stringify(elsewhere.jwks()))],
    ['no type', answer(200, {}, JSON.stringify(elsewhere.jwks()))],
    ['not JSON', answer(200, json, '<html>')],
    ['not UTF-8', answer(200, json, '\u00ff')],
    ['no keys', answer(200, json, '{"keys":[]}')],
    ['keys that are no list', answer(200, json, '{"keys":{}}')],
    ['a list', answer(200, json, '[]')],
    ['a symmetric key', answer(200, json, '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}')],
    ['a private key', answer(200, json, '{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}]}')],
    ['a flood', answer(200, json, JSON.stringify({ ...elsewhere.jwks(), pad: 'x'.repeat(300 * 1024) }))],
    ['too many keys', answer(200, json, JSON.stringify({ keys: Array(101).fill(elsewhere.jwks().keys[0]) }))],
  ];
  for (const [what, handler] of hostile) {
    const { issuer, attempt } = await stage(t);
    issuer.override('/jwks', handler);
    assert.equal(await attempt(), 'ISSUER_UNAVAILABLE', what);
  }
  assert.deepEqual(elsewhere.requests, []);
});
