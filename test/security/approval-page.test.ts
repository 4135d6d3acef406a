import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import { createGrantBook } from '../../src/approvals/grants.ts';
import { principalId } from '../../src/identity/principal-id.ts';
import { createCookieJar } from '../../src/console/cookies.ts';
import { pageHeaders } from '../../src/console/headers.ts';
import {
  addressIn,
  callTool,
  doneIn,
  openSignedIn,
  PEOPLE,
  startApprovalWorld,
  submit,
  type ApprovalWorld,
} from '../support/approval-world.ts';
import { approve, hiddenField, openBrowser } from '../support/browser.ts';

/** A request of alice's that waits, and its address. */
async function waiting(world: ApprovalWorld, account = 7): Promise<string> {
  return addressIn(await callTool(await world.connect('alice'), 'close', { account }));
}

test('every answer of the page refuses frames, scripts, caches and other origins', async (t) => {
  const world = await startApprovalWorld(t);
  const { browser, shown } = await world.signIn('alice', await waiting(world));
  const answers = [
    shown,
    await browser.visit(`${world.page}?id=${'x'.repeat(22)}`),
    await browser.visit(world.page, { decision: 'approve' }),
    await browser.visit(`${world.page}/callback?code=1&state=2`),
    await openBrowser().visit(world.page),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 403, 400, 303],
  );
  for (const { headers, url } of answers) {
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; frame-ancestors 'none'/,
    );
    assert.match(policy, /base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/);
    assert.equal(headers.get('x-frame-options'), 'DENY', url);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('referrer-policy'), 'same-origin');
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
  assert.doesNotMatch(shown.body, /<script|onload=|onclick=|javascript:/i);
});

test('over TLS cookies belong to this host alone', () => {
  const jar = createCookieJar(true, '/approvals');
  assert.equal(
    jar.set('session', 'v', 900),
    '__Host-portcullis-session=v; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=900',
  );
  assert.equal(
    jar.set('login', 'v', 600),
    '__Host-portcullis-login=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600',
  );
  // One of two was planted by somebody, and nobody can tell which.
  assert.equal(jar.read('__Host-portcullis-session=a; __Host-portcullis-session=b', 'session'), undefined);
  assert.equal(jar.read('portcullis-session=a; __Host-portcullis-session=b', 'session'), 'b');
  assert.equal(pageHeaders(true)['Strict-Transport-Security'], 'max-age=31536000');
});

test('a form counts with its own token, in its own session, from its own origin', async (t) => {
  const world = await startApprovalWorld(t);
  const url = await waiting(world);
  const other = await waiting(world, 8);
  const { browser, shown } = await world.signIn('alice', url);
  const elsewhere = await world.signIn('alice', url);
  const id = url.slice(-22);
  const token = (body: string) => hiddenField(/<form class="decide"[\s\S]*?<\/form>/.exec(body)?.[0] ?? '', 'token');
  const own = token(shown.body);
  const leave = hiddenField(shown.body, 'token');
  const otherToken = token((await browser.visit(other)).body);
  const decision = 'approve';
  const origin = world.origin;
  const attempts: readonly (readonly [string, Record<string, string>, Record<string, string>])[] = [
    ['no token', { id, decision }, { origin }],
    ['an empty token', { id, decision, token: '' }, { origin }],
    ['a made up token', { id, decision, token: `p1.${randomBytes(40).toString('base64url')}` }, { origin }],
    ['the token of another session', { id, decision, token: token(elsewhere.shown.body) }, { origin }],
    ['the token of another request', { id, decision, token: otherToken }, { origin }],
    ['the token that signs out', { id, decision, token: leave }, { origin }],
    ['another origin', { id, decision, token: own }, { origin: 'https://evil.example' }],
    ['the null origin', { id, decision, token: own }, { origin: 'null' }],
    ['a look-alike', { id, decision, token: own }, { origin: `${world.origin}.evil.example` }],
    ['another port of this host', { id, decision, token: own }, { origin: 'http://127.0.0.1:1' }],
    ['a site that the browser names', { id, decision, token: own }, { origin, 'sec-fetch-site': 'same-site' }],
    ['no origin', { id, decision, token: own }, {}],
  ];
  for (const [label, form, headers] of attempts) {
    const { status } = await browser.visit(world.page, form, headers);
    assert.equal(status, 403, label);
  }
  const json = { origin, 'content-type': 'application/json' };
  assert.equal((await browser.visit(world.page, { id, decision, token: own }, json)).status, 403);
  const twice = await fetch(world.page, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: `id=${id}&decision=deny&decision=approve&token=${encodeURIComponent(own)}`,
  });
  assert.equal(twice.status, 403);
  // By GET nothing is decided, whatever stands in the address.
  await browser.visit(`${url}&decision=approve&token=${encodeURIComponent(own)}`);
  assert.equal(doneIn(await callTool(await world.connect('alice'), 'close', { account: 7 })), undefined);
  assert.deepEqual(world.effects, []);
  assert.match((await submit(browser, shown, { decision })).body, /Approved\./);
});

test('somebody else sees nothing, not even that there is something', async (t) => {
  const world = await startApprovalWorld(t);
  const url = await waiting(world);
  const bob = await world.signIn('bob', url);
  const nothing = await bob.browser.visit(`${world.page}?id=${'A'.repeat(22)}`);
  const plain = (body: string) => body.replaceAll(/value="p1\.[^"]*"/g, '');
  assert.equal(bob.shown.status, 404);
  assert.equal(nothing.status, 404);
  assert.equal(plain(bob.shown.body), plain(nothing.body));
  assert.match((await bob.browser.visit(world.page)).body, /Nothing waits for you/);
  // A token of bob's session for alice's request cannot be had; one that could would not do.
  const form = { id: url.slice(-22), decision: 'approve', token: hiddenField(bob.shown.body, 'token') };
  assert.equal((await bob.browser.visit(world.page, form, { origin: world.origin })).status, 403);
  assert.equal(doneIn(await callTool(await world.connect('alice'), 'close', { account: 7 })), undefined);
});

test('approvers decide for others; where duties are separate, not for themselves', async (t) => {
  const world = await startApprovalWorld(t, { approvals: { approvers: ['carol'], separation: true } });
  const url = await waiting(world);
  const own = await world.signIn('alice', url);
  assert.match(own.shown.body, /Somebody else has to decide/);
  assert.doesNotMatch(own.shown.body, /<form class="decide"/);
  assert.equal((await world.signIn('bob', url)).shown.status, 404);
  const after = await world.decide('carol', url, 'approve', 'checked');
  assert.match(after.body, /Approved\.[\s\S]*carol/);
  assert.equal(doneIn(await callTool(await world.connect('alice'), 'close', { account: 7 })), 'close 7');
  // An approver's own critical call needs another approver.
  const carols = addressIn(await callTool(await world.connect('carol'), 'close', { account: 9 }));
  assert.match((await world.signIn('carol', carols)).shown.body, /Somebody else has to decide/);
});

test('a request is decided once', async (t) => {
  const world = await startApprovalWorld(t);
  const url = await waiting(world);
  const one = await world.signIn('alice', url);
  const two = await world.signIn('alice', url);
  const answers = await Promise.all([
    submit(one.browser, one.shown, { decision: 'approve' }),
    submit(two.browser, two.shown, { decision: 'deny' }),
  ]);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 409]));
  const late = await submit(two.browser, two.shown, { decision: 'approve' });
  assert.equal(late.status, 409);
});

test('a sign-in counts in the browser in which it was begun', async (t) => {
  const world = await startApprovalWorld(t);
  const url = await waiting(world);
  // Eve signs in as bob in her browser, and hands the end of it to alice's.
  const eve = openBrowser();
  const begun = await eve.visit(url);
  const callback = await approve(openBrowser(), begun.location ?? '', PEOPLE.bob);
  const alice = openBrowser();
  const landed = `${world.page}/callback?${callback.toString()}`;
  assert.equal((await alice.visit(landed)).status, 400);
  // Also when alice has begun a sign-in of her own.
  await alice.visit(url);
  assert.equal((await alice.visit(landed)).status, 400);
  assert.equal((await alice.visit(url)).status, 303);
  // Eve's own browser can use it once.
  assert.equal((await eve.visit(landed)).status, 200);
  assert.equal((await eve.visit(landed)).status, 400);
  for (const query of ['', '?code=a', '?state=a', '?error=access_denied', `?code=a&state=${callback.get('state')}`])
    assert.equal((await openBrowser().visit(`${world.page}/callback${query}`)).status, 400, query);
});

test('a session is made at the sign-in, and one that was planted is not taken over', async (t) => {
  const world = await startApprovalWorld(t);
  const url = await waiting(world);
  const bob = openBrowser();
  await openSignedIn(bob, url, PEOPLE.bob);
  const planted = { cookie: 'portcullis-session=p1.planted' };
  assert.equal((await openBrowser().visit(url, undefined, planted)).status, 303);
  const { browser, shown } = await world.signIn('alice', url);
  assert.match(shown.body, /Signed in as alice/);
  // Signing out ends it for whoever copied it.
  const probe = await browser.visit(`${world.page}/leave`, { token: 'x' }, { origin: world.origin });
  assert.equal(probe.status, 403);
  const out = { token: hiddenField(shown.body, 'token') };
  const left = await browser.visit(`${world.page}/leave`, out, { origin: world.origin });
  assert.equal(left.status, 200);
  assert.match(
    left.headers.get('set-cookie') ?? '',
    /^portcullis-session=; Path=\/approvals; HttpOnly; SameSite=Strict; Max-Age=0$/,
  );
  assert.equal((await browser.visit(url)).status, 303);
});

test('a copied session ends with its sign-out', async (t) => {
  const world = await startApprovalWorld(t);
  const url = await waiting(world);
  const begun = openBrowser();
  const first = await begun.visit(url);
  const callback = await approve(begun, first.location ?? '', PEOPLE.alice);
  const landed = await begun.visit(`${world.page}/callback?${callback.toString()}`);
  const copied = /portcullis-session=[^;]+/.exec(landed.headers.get('set-cookie') ?? '')?.[0] ?? '';
  const thief = () => fetch(url, { headers: { cookie: copied }, redirect: 'manual' });
  assert.equal((await thief()).status, 200);
  const shown = await begun.visit(url);
  await begun.visit(`${world.page}/leave`, { token: hiddenField(shown.body, 'token') }, { origin: world.origin });
  assert.equal((await thief()).status, 303);
});

test('the way back leads to a request of this page and nowhere else', async (t) => {
  const world = await startApprovalWorld(t);
  const tricks = [
    'id=https://evil.example/aaaaaaaa',
    'id=//evil.example&id=x',
    `id=${'A'.repeat(22)}&grant=${'A'.repeat(22)}`,
    `id=${'A'.repeat(21)}/`,
    'id=..%2f..%2fevil',
    `id=${'A'.repeat(22)}%0d%0aLocation:%20https://evil.example`,
  ];
  for (const trick of tricks) assert.equal((await openBrowser().visit(`${world.page}?${trick}`)).status, 404, trick);
  for (const extra of ['returnTo=https://evil.example', 'next=//evil.example', 'redirect_uri=https://evil.example']) {
    const { location } = await openBrowser().visit(`${world.page}?${extra}`);
    const asked = new URL(location ?? '').searchParams;
    assert.equal(asked.get('redirect_uri'), `${world.page}/callback`);
    const { shown } = await world.signIn('alice', `${world.page}?${extra}`);
    assert.equal(shown.url, world.page);
  }
});

test('what stands in arguments is text on the page', async (t) => {
  const world = await startApprovalWorld(t);
  const alice = await world.connect('alice');
  const note = '</dd></dl><script>alert(1)</script><img src=x onerror=alert(2)>"\'`${1}\u202egnp.exe\u0007';
  const { shown } = await world.signIn('alice', addressIn(await callTool(alice, 'close', { account: 7, note })));
  assert.doesNotMatch(shown.body, /<script|<img/);
  assert.match(shown.body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(shown.body, /\\u\{202e\}gnp\.exe\\u0007/);
  // Nothing is cut there.
  const long = 'b'.repeat(40_000);
  const whole = await world.signIn('alice', addressIn(await callTool(alice, 'close', { account: 8, note: long })));
  assert.ok(whole.shown.body.includes(long));
});

test('only the exact paths and methods are there', async (t) => {
  const world = await startApprovalWorld(t);
  const ask = async (method: string, path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${world.origin}${path}`, { method, headers, redirect: 'manual' })).status;
  assert.equal(await ask('GET', '/approvals/'), 404);
  assert.equal(await ask('GET', '/approvals/x'), 404);
  assert.equal(await ask('GET', '/Approvals'), 404);
  assert.equal(await ask('PUT', '/approvals'), 404);
  assert.equal(await ask('DELETE', '/approvals'), 404);
  assert.equal(await ask('OPTIONS', '/approvals', { origin: 'https://evil.example' }), 403);
  assert.equal(await ask('GET', '/approvals?access_token=x'), 400);
  const { port } = new URL(world.origin);
  const misled = await new Promise((resolve) => {
    request({ port, path: '/approvals', headers: { host: 'evil.example' } }, ({ statusCode }) =>
      resolve(statusCode),
    ).end();
  });
  assert.equal(misled, 421);
});

test('a grant is approved by an approver who is not its subject', async (t) => {
  const world = await startApprovalWorld(t, { approvals: { approvers: ['carol', 'alice'] } });
  const { store, sealer } = world.host.settings;
  const issuer = world.host.settings.authentication === undefined ? '' : await issuerOf(world);
  const book = createGrantBook(store, sealer);
  const party = { id: principalId(issuer, undefined, 'alice'), issuer, subject: 'alice' };
  const draft = {
    party,
    scopes: ['doors:open'],
    forMs: 7_200_000,
    reason: 'stuck',
    ticket: 'OPS-7',
    requestedBy: 'op',
  };
  const { id } = await book.request(draft);
  const url = `${world.page}?grant=${id}`;
  // Its subject is an approver, and may not.
  const own = await world.signIn('alice', url);
  assert.match(own.shown.body, /Somebody else has to decide/);
  assert.equal((await world.signIn('bob', url)).shown.status, 404);
  assert.equal((await book.find(id))?.grant.state, 'pending');
  assert.match((await world.decide('carol', url, 'approve')).body, /The scopes are granted/);
  const granted = (await book.find(id))?.grant;
  assert.equal(granted?.state, 'active');
  assert.ok((granted.until ?? 0) - Date.now() <= 7_200_000);
  const [event] = world.events.filter(({ kind }) => kind === 'grant');
  assert.deepEqual([event?.before, event?.after, event?.scopes], ['pending', 'approved', ['doors:open']]);
});

async function issuerOf(world: ApprovalWorld): Promise<string> {
  const payload = (await world.token('alice')).split('.')[1] ?? '';
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return typeof claims === 'object' && claims !== null && 'iss' in claims ? String(claims.iss) : '';
}
