import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Reply } from '../../src/audit/rule.ts';
import { principalId } from '../../src/identity/principal-id.ts';
import { isObject } from '../../src/protocol/json.ts';
import { answered, callTool, PEOPLE, stateOf } from '../support/approval-world.ts';
import { approve, openBrowser, type Browser, type Visit } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { errandIn, linkIn, startLoginWorld, type LoginWorld } from '../support/login-world.ts';

const ACCEPTED = { 'portcullis/errand': { action: 'accept' } };

function whoIn(reply: Reply): unknown {
  const result = resultOf(reply)?.['structuredContent'];
  return isObject(result) ? result['who'] : undefined;
}

test('the first call sends a person to the login at the upstream, and goes on when they have signed in', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await world.connect('alice');
  const first = await callTool(alice, 'things__read', { thing: 'one' });
  const url = errandIn(first);
  assert.match(url, /\/approvals\?upstream=[\w-]{22}$/);
  const { browser, shown } = await world.visit('alice', url);
  assert.equal(shown.status, 200);
  const link = new URL(linkIn(shown));
  assert.equal(link.origin, world.upstreamIssuer);
  const asked = Object.fromEntries(link.searchParams);
  assert.equal(asked['resource'], world.upstream);
  assert.equal(asked['code_challenge_method'], 'S256');
  assert.equal(asked['client_id'], `${world.origin}/gateway/things/client.json`);
  const done = await world.login(browser, shown, 'alice');
  assert.equal(done.status, 200, done.body);
  const second = await callTool(alice, 'things__read', { thing: 'one' }, answered(stateOf(first), ACCEPTED));
  assert.equal(whoIn(second), 'alice', second.text);
  // A later call asks nothing.
  assert.equal(whoIn(await callTool(alice, 'things__read', { thing: 'two' })), 'alice');
});

test('a client that shows no addresses is told where, and calls again', async (t) => {
  const world = await startLoginWorld(t, { credential: { kind: 'login', clientId: 'known' } });
  const alice = await world.connect('alice', { url: false });
  const first = await callTool(alice, 'things__read', { thing: 'one' });
  assert.match(textOf(first), /LOGIN_REQUIRED/);
  const { browser, shown } = await world.visit('alice', errandIn(first));
  await world.login(browser, shown, 'alice');
  assert.equal(whoIn(await callTool(alice, 'things__read', { thing: 'one' })), 'alice');
});

test('a legacy client is asked in the middle of the call', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await world.connect('alice', { era: 'legacy' });
  const logins: Promise<number>[] = [];
  const reply = await alice.request(
    'tools/call',
    { name: 'things__read', arguments: { thing: 'one' } },
    {
      answer(question) {
        const { url } = question['params'] as { url: string };
        logins.push(
          world.visit('alice', url).then(async (own) => (await world.login(own.browser, own.shown, 'alice')).status),
        );
        return { action: 'accept' };
      },
      hangUpMs: 30_000,
    },
  );
  assert.deepEqual(await Promise.all(logins), [200]);
  assert.equal(whoIn(reply), 'alice', reply.text);
});

test('a person who declines is not signed in', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await world.connect('alice');
  const first = await callTool(alice, 'things__read', { thing: 'one' });
  const declined = { 'portcullis/errand': { action: 'decline' } };
  assert.match(
    textOf(await callTool(alice, 'things__read', { thing: 'one' }, answered(stateOf(first), declined))),
    /LOGIN_REQUIRED/,
  );
});

/** Begins a login by a call of somebody's, up to the page that leads to the upstream. */
async function begin(
  world: LoginWorld,
  name: 'alice' | 'bob',
): Promise<{ readonly url: string; readonly browser: Browser; readonly shown: Visit }> {
  const connection = await world.connect(name, { url: false });
  const url = errandIn(await callTool(connection, 'things__read', { thing: 'one' }));
  return { url, ...(await world.visit(name, url)) };
}

function callback(world: LoginWorld, browser: Browser, answer: URLSearchParams): Promise<Visit> {
  return browser.visit(`${world.page}/upstream/things/callback?${answer.toString()}`);
}

async function isSignedIn(world: LoginWorld, name: 'alice' | 'bob'): Promise<boolean> {
  return (
    whoIn(await callTool(await world.connect(name, { url: false }), 'things__read', { thing: 'one' })) !== undefined
  );
}

test('nobody but the person who began a login is shown where it leads', async (t) => {
  const world = await startLoginWorld(t);
  const { url } = await begin(world, 'alice');
  const { shown } = await world.visit('bob', url);
  assert.equal(shown.status, 404);
  assert.equal(linkIn(shown), '');
  assert.equal(
    shown.headers.getSetCookie().some((line) => line.includes('portcullis-upstream')),
    false,
  );
});

test('a login is not completed in the browser of another person', async (t) => {
  const world = await startLoginWorld(t);
  const { shown } = await begin(world, 'alice');
  // Bob is signed in to the page as himself, and is lured to the address that alice was sent to.
  const own = await world.visit('bob', world.page);
  assert.equal((await world.login(own.browser, shown, 'bob')).status, 400);
  // Nor where he has begun one of his own.
  const his = await begin(world, 'bob');
  assert.equal((await world.login(his.browser, shown, 'bob')).status, 400);
  assert.equal(await isSignedIn(world, 'alice'), false);
  assert.equal(await isSignedIn(world, 'bob'), false);
});

test('an answer is used once', async (t) => {
  const world = await startLoginWorld(t);
  const { browser, shown } = await begin(world, 'alice');
  const kept = /portcullis-upstream=([^;]+)/.exec(shown.headers.getSetCookie().join('\n'))?.[0] ?? '';
  const answer = await approve(browser, linkIn(shown), PEOPLE.alice);
  assert.equal((await callback(world, browser, answer)).status, 200);
  const target = `${world.page}/upstream/things/callback?${answer.toString()}`;
  assert.equal((await browser.visit(target)).status, 400);
  // Not with the cookie that was there before and a code that is fresh, either.
  const fresh = await approve(browser, linkIn(shown), PEOPLE.alice);
  assert.notEqual(fresh.get('code'), answer.get('code'));
  const repeated = `${world.page}/upstream/things/callback?${fresh.toString()}`;
  const again = await fetch(repeated, { headers: { cookie: kept } });
  assert.equal(again.status, 400);
  await again.text();
});

const FORGED: readonly (readonly [string, (answer: URLSearchParams, other: URLSearchParams) => void])[] = [
  ['a code of another login', (answer, other) => answer.set('code', other.get('code') ?? '')],
  ['the state of another login', (answer, other) => answer.set('state', other.get('state') ?? '')],
  ['no state', (answer) => answer.delete('state')],
  ['another issuer', (answer) => answer.set('iss', 'https://elsewhere.example.com')],
  ['no issuer where it is promised', (answer) => answer.delete('iss')],
  ['two codes', (answer, other) => answer.append('code', other.get('code') ?? '')],
  ['a token instead of a code', (answer) => (answer.delete('code'), answer.set('access_token', 'a.b.c'))],
  ['an error', (answer) => (answer.delete('code'), answer.set('error', 'access_denied'))],
];

for (const [name, forge] of FORGED) {
  test(`a forged answer signs nobody in: ${name}`, async (t) => {
    const world = await startLoginWorld(t);
    const [alice, bob] = [await begin(world, 'alice'), await begin(world, 'bob')];
    const answer = await approve(alice.browser, linkIn(alice.shown), PEOPLE.alice);
    const other = await approve(bob.browser, linkIn(bob.shown), PEOPLE.bob);
    forge(answer, other);
    const end = await callback(world, alice.browser, answer);
    assert.equal(end.status, 400);
    assert.equal(await isSignedIn(world, 'alice'), false);
    assert.ok(!end.body.includes('elsewhere'));
  });
}

for (const stop of ['signs out', 'is revoked', 'is switched off'] as const) {
  test(`a login is not completed by who ${stop} meanwhile`, async (t) => {
    const world = await startLoginWorld(t);
    const { browser, shown } = await begin(world, 'alice');
    const answer = await approve(browser, linkIn(shown), PEOPLE.alice);
    const alice = principalId(world.issuer, undefined, 'alice');
    if (stop === 'is revoked') await world.host.revoke(alice);
    else if (stop === 'is switched off')
      await world.host.switches.disable({ kind: 'principal', name: alice, reason: 'test', by: 'op' });
    else {
      const token = /name="token" value="([^"]*)"/.exec(shown.body)?.[1] ?? '';
      const left = await browser.visit(`${world.page}/leave`, { token }, { origin: world.origin });
      assert.equal(left.status, 200);
    }
    assert.equal((await callback(world, browser, answer)).status, 400);
    assert.deepEqual(await world.store.keys('upstream-login:', 10), []);
  });
}

test('nothing is kept of a login whose person is switched off while it is redeemed', async (t) => {
  const world = await startLoginWorld(t);
  const { browser, shown } = await begin(world, 'alice');
  const answer = await approve(browser, linkIn(shown), PEOPLE.alice);
  const alice = principalId(world.issuer, undefined, 'alice');
  const put = world.store.put.bind(world.store);
  // All that the switch ends has been ended when the login comes to be kept.
  t.mock.method(world.store, 'put', async (key: string, value: string, ttlMs: number) => {
    if (key.startsWith('upstream-login:'))
      await world.host.switches.disable({ kind: 'principal', name: alice, reason: 'test', by: 'op' });
    await setTimeout(50);
    return put(key, value, ttlMs);
  });
  assert.equal((await callback(world, browser, answer)).status, 400);
  assert.deepEqual(await world.store.keys('upstream-login:', 10), []);
});

async function signIn(world: LoginWorld, name: 'alice' | 'bob'): Promise<string> {
  const { browser, shown } = await begin(world, name);
  const done = await world.login(browser, shown, name);
  assert.equal(done.status, 200, done.body);
  return principalId(world.issuer, undefined, name);
}

test('two people interleaved never have the login of the other', async (t) => {
  const world = await startLoginWorld(t);
  await signIn(world, 'alice');
  await signIn(world, 'bob');
  const second = await world.instance();
  const names = ['alice', 'bob'] as const;
  const connections = await Promise.all(
    names.flatMap((name) =>
      [world.host, second].map(async (host) => [name, await world.connect(name, { host })] as const),
    ),
  );
  let count = 0;
  const workers = Array.from({ length: 12 }, async (_, worker) => {
    const [name, connection] = connections[worker % connections.length] ?? assert.fail();
    while (count < 400) {
      const n = count++;
      // Every now and then a token is refused, so that logins are refreshed in between.
      if (n % 97 === 0) await world.credential.refused(principalId(world.issuer, undefined, name), 401, undefined);
      const reply = await callTool(connection, 'things__read', { thing: `${name}-${n}` });
      const result = resultOf(reply)?.['structuredContent'];
      assert.deepEqual(result, { who: name, thing: `${name}-${n}` }, reply.text);
    }
  });
  await Promise.all(workers);
  assert.ok(count >= 400);
});

test('a refresh token is used once, however many instances need it', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await signIn(world, 'alice');
  const second = await world.instance();
  const others = await Promise.all([world.another(), world.another()]);
  const before = await world.credential.headers(alice);
  assert.equal(await world.credential.refused(alice, 401, undefined), true);
  const [one, other] = await Promise.all(others.map((each) => each.headers(alice)));
  assert.deepEqual(one, other);
  assert.notDeepEqual(one, before);
  const connections = await Promise.all([world.host, second].map((host) => world.connect('alice', { host })));
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      callTool(connections[n % 2] ?? assert.fail(), 'things__read', { thing: 'one' }),
    ),
  );
  // The server ends a login whose refresh token comes twice.
  for (const reply of replies) assert.equal(whoIn(reply), 'alice', reply.text);
});

test('who has lost the turn to refresh sends no refresh token', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await signIn(world, 'alice');
  assert.equal(await world.credential.refused(alice, 401, undefined), true);
  const before = await world.store.get(`upstream-login:things:${alice}`);
  const add = world.store.add.bind(world.store);
  // Its time is over as soon as it has begun.
  t.mock.method(world.store, 'add', (key: string, value: string, ttlMs: number) =>
    key.startsWith('upstream-turn:') ? true : add(key, value, ttlMs),
  );
  await assert.rejects(world.credential.headers(alice), /CREDENTIAL_UNAVAILABLE/);
  assert.equal(await world.store.get(`upstream-login:things:${alice}`), before);
});

test('a refusal that comes while a login is refreshed does not end it', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await signIn(world, 'alice');
  const [one, other] = [await world.another(), await world.another()];
  assert.equal(await world.credential.refused(alice, 401, undefined), true);
  const fresh = one.headers(alice);
  while ((await world.store.keys('upstream-turn:', 1)).length === 0) await setImmediate();
  // A request that was under way with the token from before.
  assert.equal(await other.refused(alice, 401, undefined), true);
  assert.deepEqual(await other.headers(alice), await fresh);
  assert.equal(await isSignedIn(world, 'alice'), true);
});

test('a login that was rotated away is ended, and the person is asked again', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await signIn(world, 'alice');
  const key = `upstream-login:things:${alice}`;
  const old = (await world.store.get(key)) ?? '';
  assert.equal(await world.credential.refused(alice, 401, undefined), true);
  const stale = (await world.store.get(key)) ?? '';
  assert.equal(await isSignedIn(world, 'alice'), true);
  // Somebody puts back what was in the store before the refresh.
  assert.notEqual(stale, old);
  await world.store.put(key, stale, 60_000);
  const reply = await callTool(await world.connect('alice', { url: false }), 'things__read', { thing: 'one' });
  assert.match(textOf(reply), /LOGIN_REQUIRED/);
  assert.notEqual(errandIn(reply), '');
  assert.equal(await world.store.get(key), undefined);
});

test('what is in the store is good for nobody else', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await signIn(world, 'alice');
  const bob = principalId(world.issuer, undefined, 'bob');
  const sealed = (await world.store.get(`upstream-login:things:${alice}`)) ?? '';
  assert.ok(!sealed.includes('eyJ'));
  await world.store.put(`upstream-login:things:${bob}`, sealed, 60_000);
  assert.equal(await isSignedIn(world, 'bob'), false);
  assert.equal(await isSignedIn(world, 'alice'), true);
});

test('the kill switch ends the logins of a principal', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await signIn(world, 'alice');
  await signIn(world, 'bob');
  const { authorization = '' } = await world.credential.headers(alice);
  await world.host.switches.disable({ kind: 'principal', name: alice, reason: 'test', by: 'op' });
  await eventually(async () => (await world.store.keys('upstream-login:', 10)).length === 1);
  await assert.rejects(world.credential.headers(alice));
  assert.notEqual(authorization, '');
  assert.equal(await isSignedIn(world, 'bob'), true);
});

test('the kill switch ends the login of one though that of another cannot be ended', async (t) => {
  const world = await startLoginWorld(t);
  const [alice, bob] = [await signIn(world, 'alice'), await signIn(world, 'bob')];
  const remove = world.store.delete.bind(world.store);
  t.mock.method(world.store, 'delete', (key: string) => {
    if (key.endsWith(alice)) throw new Error('the store is away');
    return remove(key);
  });
  for (const name of [alice, bob])
    await world.host.switches.disable({ kind: 'principal', name, reason: 'test', by: 'op' });
  await eventually(() => world.lines.some((line) => line.includes('could not be ended')));
  await setTimeout(200);
  assert.deepEqual(await world.store.keys('upstream-login:', 10), [`upstream-login:things:${alice}`]);
});

test('neither token, code nor verifier is in a log, a record, an answer or a page', async (t) => {
  const world = await startLoginWorld(t);
  const pages: string[] = [];
  const { browser, shown } = await begin(world, 'alice');
  const answer = await approve(browser, linkIn(shown), PEOPLE.alice);
  pages.push(shown.body, (await callback(world, browser, answer)).body);
  pages.push((await callback(world, browser, answer)).body);
  const alice = principalId(world.issuer, undefined, 'alice');
  const { authorization = '' } = await world.credential.headers(alice);
  await world.credential.refused(alice, 401, undefined);
  const reply = await callTool(await world.connect('alice'), 'things__read', { thing: 'one' });
  const { authorization: later = '' } = await world.credential.headers(alice);
  assert.notEqual(later, authorization);
  const said = [...world.lines, ...pages, reply.text, JSON.stringify(world.events)].join('\n');
  for (const secret of [authorization.slice(7), later.slice(7), answer.get('code') ?? '?'])
    assert.ok(!said.includes(secret.slice(-40)));
  assert.ok(
    world.events.some(({ kind, target, principal }) => kind === 'grant' && target === 'things' && principal === alice),
  );
});

test('a gateway without a page for its callers does not start', async (t) => {
  await assert.rejects(startLoginWorld(t, { hasPage: false }), /callers sign in on the approval page first/);
});

test('the document of the client is served to anybody', async (t) => {
  const world = await startLoginWorld(t);
  const response = await fetch(`${world.origin}/gateway/things/client.json`);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.deepEqual(await response.json(), {
    client_id: `${world.origin}/gateway/things/client.json`,
    client_name: 'gate, for things',
    redirect_uris: [`${world.page}/upstream/things/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  });
  assert.equal((await openBrowser().visit(`${world.origin}/gateway/other/client.json`)).status, 404);
});
