import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, IncomingMessage, request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { approve, hiddenField, openBrowser } from '../../test/support/browser.ts';
import { createAuthenticator } from './authenticator.ts';
import {
  type DevAuthorizationServer,
  type DevAuthorizationServerOptions,
  startDevAuthorizationServer,
} from './dev-authorization-server.ts';

const RESOURCE = 'http://127.0.0.1:3000/mcp';
const ALICE = { name: 'alice', password: 'wonder' };
const CALLBACK = 'http://127.0.0.1:8976/callback';
const OPTIONS = {
  profile: 'dev',
  host: '127.0.0.1',
  resource: RESOURCE,
  scopes: { 'notes:read': 'Read your notes', 'notes:write': 'Change your <notes>' },
  users: [ALICE, { name: 'bob' }],
  clients: [{ clientId: 'desk', name: 'Desk <b>client</b>', redirectUris: [CALLBACK] }],
} as const satisfies DevAuthorizationServerOptions;

async function start(
  t: TestContext,
  more: Partial<DevAuthorizationServerOptions> = {},
): Promise<DevAuthorizationServer> {
  const server = await startDevAuthorizationServer({ ...OPTIONS, ...more });
  t.after(() => server.close());
  return server;
}

interface Request {
  readonly url: string;
  readonly verifier: string;
}

function authorization(issuer: string, more: Readonly<Record<string, string>> = {}): Request {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = new URLSearchParams({
    client_id: 'desk',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'notes:read',
    resource: RESOURCE,
    state: 'xyz',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  for (const [name, value] of Object.entries(more)) if (value === '') parameters.delete(name);
  return { url: `${issuer}/authorize?${parameters.toString()}`, verifier };
}

async function redeem(
  issuer: string,
  fields: Readonly<Record<string, string>>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'desk', resource: RESOURCE, redirect_uri: CALLBACK, ...fields }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('a person signs in and consents, and the token is good for this resource and no other', async (t) => {
  const { issuer } = await start(t);
  const asked = authorization(issuer);
  const answer = await approve(openBrowser(), asked.url, ALICE);
  assert.equal(answer.get('state'), 'xyz');
  assert.equal(answer.get('iss'), issuer);
  const grant = { grant_type: 'authorization_code', code: answer.get('code') ?? '', code_verifier: asked.verifier };
  const { status, body } = await redeem(issuer, grant);
  assert.equal(status, 200);
  assert.equal(body['scope'], 'notes:read');
  assert.equal(body['expires_in'], 300);

  const ours = createAuthenticator({ resource: RESOURCE, issuers: [{ issuer }] });
  const theirs = createAuthenticator({ resource: 'http://127.0.0.1:3001/mcp', issuers: [{ issuer }] });
  t.after(() => Promise.all([ours.close(), theirs.close()]));
  const header = `Bearer ${String(body['access_token'])}`;
  const accepted = await ours.authenticate(header);
  assert.ok(accepted.pass);
  assert.equal(accepted.principal.subject, 'alice');
  assert.equal(accepted.principal.client, 'desk');
  assert.deepEqual([...accepted.principal.scopes], ['notes:read']);
  const refused = await theirs.authenticate(header);
  assert.ok(!refused.pass);
  assert.equal(refused.code, 'TOKEN_INVALID');

  const replayed = await redeem(issuer, grant);
  assert.equal(replayed.body['error'], 'invalid_grant');
});

test('a code is worth nothing without its verifier', async (t) => {
  const { issuer } = await start(t);
  const browser = openBrowser();
  const asked = authorization(issuer);
  const code = (await approve(browser, asked.url, ALICE)).get('code') ?? '';
  const grant = { grant_type: 'authorization_code', code, code_verifier: randomBytes(32).toString('base64url') };
  assert.equal((await redeem(issuer, grant)).body['error'], 'invalid_grant');
});

test('PKCE with S256, an exact redirect URI and the one resource are required', async (t) => {
  const { issuer } = await start(t);
  for (const [fault, error] of [
    [{ code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ resource: 'http://127.0.0.1:3001/mcp' }, 'invalid_target'],
    [{ response_type: 'code id_token' }, 'unsupported_response_type'],
  ] as const) {
    const { location } = await openBrowser().visit(authorization(issuer, fault).url);
    const answer = new URLSearchParams(/[?#](.*)$/.exec(location ?? '')?.[1]);
    assert.equal(answer.get('error'), error, JSON.stringify(fault));
  }
  for (const redirect_uri of [
    'https://attacker.example/callback',
    'http://127.0.0.1:8976/callback/x',
    `${CALLBACK}?a`,
  ]) {
    const answer = await openBrowser().visit(authorization(issuer, { redirect_uri }).url);
    assert.equal(answer.status, 400);
    assert.equal(answer.location, undefined);
    assert.match(answer.body, /<h1>The request cannot go on<\/h1>/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'; style-src 'sha256-/);
  }
});

test('refresh tokens rotate, and a used one ends the grant', async (t) => {
  const { issuer } = await start(t);
  const asked = authorization(issuer);
  const code = (await approve(openBrowser(), asked.url, ALICE)).get('code') ?? '';
  const first = await redeem(issuer, { grant_type: 'authorization_code', code, code_verifier: asked.verifier });
  const refresh = (token: unknown): ReturnType<typeof redeem> =>
    redeem(issuer, { grant_type: 'refresh_token', refresh_token: String(token) });
  const second = await refresh(first.body['refresh_token']);
  assert.equal(second.status, 200);
  assert.notEqual(second.body['refresh_token'], first.body['refresh_token']);
  assert.equal((await refresh(first.body['refresh_token'])).body['error'], 'invalid_grant');
  assert.equal((await refresh(second.body['refresh_token'])).body['error'], 'invalid_grant');
});

test('a step-up shows what is new apart from what was allowed', async (t) => {
  const { issuer } = await start(t);
  const browser = openBrowser();
  await approve(browser, authorization(issuer).url, ALICE);
  const asked = authorization(issuer, { scope: 'notes:read notes:write' });
  const page = await browser.travel(asked.url, issuer);
  assert.match(page.body, /asks for more access/);
  const [added = '', allowed = ''] = page.body
    .slice(page.body.indexOf('also be able'))
    .split('You have allowed already');
  assert.match(added, /Change your &lt;notes&gt;/);
  assert.doesNotMatch(added, /Read your notes/);
  assert.match(allowed, /Read your notes/);
  const answer = await browser.travel(page.url, issuer, { csrf: hiddenField(page.body, 'csrf'), action: 'allow' });
  const code = new URL(answer.location ?? '').searchParams.get('code') ?? '';
  const { body } = await redeem(issuer, { grant_type: 'authorization_code', code, code_verifier: asked.verifier });
  assert.equal(body['scope'], 'notes:read notes:write');
});

test('the pages escape what a client says, name the redirect host, and let nothing run or frame them', async (t) => {
  const { issuer } = await start(t);
  const browser = openBrowser();
  const signIn = await browser.travel(authorization(issuer).url, issuer);
  assert.match(signIn.body, /Desk &lt;b&gt;client&lt;\/b&gt;/);
  assert.match(signIn.body, /<code>wonder<\/code>/);
  const policy = signIn.headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/127\.0\.0\.1:8976;/);
  assert.match(policy, /frame-ancestors 'none'; base-uri 'none'$/);
  assert.equal(signIn.headers.get('cache-control'), 'no-store');
  assert.doesNotMatch(signIn.body, /<script/);
  const csrf = hiddenField(signIn.body, 'csrf');
  const consent = await browser.travel(signIn.url, issuer, {
    csrf,
    action: 'login',
    name: 'alice',
    password: 'wonder',
  });
  for (const part of [
    /Desk &lt;b&gt;client/,
    /<strong>127\.0\.0\.1:8976<\/strong>/,
    /any program here can claim/,
    /notes:read/,
  ]) {
    assert.match(consent.body, part);
  }
  assert.match(consent.body, /http:\/\/127\.0\.0\.1:3000\/mcp/);
});

test('a form counts only with its own token, in its own browser, from its own page', async (t) => {
  const { issuer } = await start(t);
  const browser = openBrowser();
  const page = await browser.travel(authorization(issuer).url, issuer);
  const fields = { action: 'login', ...ALICE, csrf: hiddenField(page.body, 'csrf') };
  assert.equal((await browser.visit(page.url, { ...fields, csrf: 'x' })).status, 403);
  assert.equal((await browser.visit(page.url, fields, { origin: 'http://127.0.0.1:9' })).status, 403);
  assert.equal((await openBrowser().visit(page.url, fields)).status, 400);
  assert.equal((await browser.visit(page.url, { ...fields, password: 'x'.repeat(9000) })).status, 403);
  const wrong = await browser.visit(page.url, { ...fields, password: 'nope' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body, /do not match/);
  assert.equal((await browser.visit(page.url, { ...fields, action: 'allow' })).status, 400);
  const consent = await browser.travel(page.url, issuer, fields);
  assert.equal((await browser.visit(consent.url, { action: 'allow', csrf: fields.csrf })).status, 403);
});

test('a refusal goes back to the client, and another account can be chosen', async (t) => {
  const { issuer } = await start(t);
  const browser = openBrowser();
  const { url } = authorization(issuer);
  const signIn = await browser.travel(url, issuer);
  const login = { csrf: hiddenField(signIn.body, 'csrf'), action: 'login', ...ALICE };
  const consent = await browser.travel(signIn.url, issuer, login);
  const csrf = hiddenField(consent.body, 'csrf');
  const switched = await browser.travel(consent.url, issuer, { csrf, action: 'switch' });
  assert.match(switched.body, /<h1>Sign in<\/h1>/);
  const denied = await browser.travel(switched.url, issuer, {
    csrf: hiddenField(switched.body, 'csrf'),
    action: 'deny',
  });
  const answer = new URL(denied.location ?? '').searchParams;
  assert.equal(answer.get('error'), 'access_denied');
  assert.equal(answer.get('iss'), issuer);
});

test('a client is known by the URL of its metadata document', async (t) => {
  const { issuer } = await start(t);
  const documents = new Map<string, unknown>();
  const host = createServer((request, response) => {
    const document = documents.get(request.url ?? '');
    if (document === undefined) response.writeHead(302, { location: '/client.json' }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  t.after(() => host.close());
  const address = host.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const client_id = `${origin}/client.json`;
  documents.set('/client.json', { client_id, client_name: 'Demo', redirect_uris: [CALLBACK] });
  documents.set('/other.json', { client_id, client_name: 'Demo', redirect_uris: [CALLBACK] });
  documents.set('/secret.json', { client_id: `${origin}/secret.json`, client_secret: 's', redirect_uris: [CALLBACK] });
  documents.set('/open.json', { client_id: `${origin}/open.json`, redirect_uris: ['http://attacker.example/'] });
  documents.set('/huge.json', { client_id: `${origin}/huge.json`, redirect_uris: [CALLBACK], pad: 'x'.repeat(9000) });

  const asked = authorization(issuer, { client_id });
  const code = (await approve(openBrowser(), asked.url, ALICE)).get('code') ?? '';
  const grant = { grant_type: 'authorization_code', code, code_verifier: asked.verifier, client_id };
  const { status, body } = await redeem(issuer, grant);
  assert.equal(status, 200);
  const authenticator = createAuthenticator({ resource: RESOURCE, issuers: [{ issuer }] });
  t.after(() => authenticator.close());
  const result = await authenticator.authenticate(`Bearer ${String(body['access_token'])}`);
  assert.ok(result.pass);
  assert.equal(result.principal.client, client_id);

  for (const path of ['/other.json', '/secret.json', '/open.json', '/huge.json', '/redirected.json', '/', '/a#b']) {
    const answer = await openBrowser().visit(authorization(issuer, { client_id: `${origin}${path}` }).url);
    assert.equal(answer.status, 400, path);
    assert.equal(answer.location, undefined, path);
  }
  for (const client of [
    'http://10.0.0.1/client.json',
    'https://10.0.0.1/client.json',
    'https://169.254.169.254/c.json',
  ]) {
    assert.equal((await openBrowser().visit(authorization(issuer, { client_id: client }).url)).status, 400, client);
  }
});

test('registration is open to public clients with sound redirect URIs', async (t) => {
  const { issuer } = await start(t);
  const register = async (metadata: object): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://localhost:6274' },
      body: JSON.stringify(metadata),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const { status, body } = await register({
    client_name: 'Inspector',
    redirect_uris: ['http://localhost:6274/oauth/callback'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
  });
  assert.equal(status, 201);
  assert.equal(body['client_secret'], undefined);
  const client = { client_id: String(body['client_id']), redirect_uri: 'http://localhost:6274/oauth/callback' };
  const asked = authorization(issuer, client);
  const code = (await approve(openBrowser(), asked.url, ALICE)).get('code') ?? '';
  const grant = { grant_type: 'authorization_code', code, code_verifier: asked.verifier, ...client };
  assert.equal((await redeem(issuer, grant)).status, 200);

  for (const [redirect, error] of [
    ['http://attacker.example/', 'invalid_redirect_uri'],
    ['javascript:alert(1)', 'invalid_redirect_uri'],
    ['cursor://callback', 'invalid_redirect_uri'],
    ['https://a@example.com/', 'invalid_redirect_uri'],
    ['https://example.com/#f', 'invalid_redirect_uri'],
  ] as const) {
    const refused = await register({ redirect_uris: [redirect] });
    assert.equal(refused.status, 400, redirect);
    assert.equal(refused.body['error'], error, redirect);
  }
  assert.equal((await register({ redirect_uris: Array(11).fill(CALLBACK) })).status, 400);
  const confidential = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_basic' };
  assert.equal((await register(confidential)).status, 400);
});

test('discovery says what clients look for, to loopback pages only', async (t) => {
  const { issuer } = await start(t);
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
    const response = await fetch(`${issuer}${path}`, { headers: { origin: 'http://localhost:6274' } });
    assert.equal(response.headers.get('access-control-allow-origin'), 'http://localhost:6274');
    const metadata = (await response.json()) as Record<string, unknown>;
    assert.equal(metadata['issuer'], issuer);
    assert.equal(metadata['registration_endpoint'], `${issuer}/register`);
    assert.equal(metadata['revocation_endpoint'], `${issuer}/revoke`);
    assert.equal(metadata['client_id_metadata_document_supported'], true);
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true);
    assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256']);
    assert.deepEqual(metadata['token_endpoint_auth_methods_supported'], ['none']);
    assert.deepEqual(metadata['response_types_supported'], ['code']);
  }
  const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
  const ask = (origin: string): Promise<Response> =>
    fetch(`${issuer}/token`, { ...preflight, headers: { ...preflight.headers, origin } });
  const allowed = await ask('http://127.0.0.1:5173');
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://127.0.0.1:5173');
  for (const origin of ['https://attacker.example', 'null', 'http://localhost.attacker.example']) {
    const refused = await ask(origin);
    assert.equal(refused.status, 403, origin);
    assert.equal(refused.headers.get('access-control-allow-origin'), null, origin);
  }
});

test('a request for another host name is refused', async (t) => {
  const { issuer } = await start(t);
  for (const [host, expected] of [
    [new URL(issuer).host, 200],
    ['attacker.example', 421],
    [`localhost:${new URL(issuer).port}`, 421],
  ] as const) {
    const sent = request(`${issuer}/jwks`, { headers: { host } }).end();
    const [response]: unknown[] = await once(sent, 'response');
    assert.ok(response instanceof IncomingMessage);
    response.resume();
    assert.equal(response.statusCode, expected, host);
  }
});

test('it starts in the profile dev on loopback, with sound options, and nowhere else', async () => {
  for (const [fault, message] of [
    [{ profile: 'production' }, /profile "dev" only/],
    [{ profile: undefined }, /profile "dev" only/],
    [{ host: '0.0.0.0' }, /host must be/],
    [{ host: 'localhost' }, /host must be/],
    [{ port: 70_000 }, /port/],
    [{ accessTokenSeconds: 601 }, /accessTokenSeconds/],
    [{ resource: 'http://example.com/mcp' }, /https/],
    [{ scopes: { admin: 'Everything' } }, /everything at once/],
    [{ users: [] }, /at least one user/],
    [{ users: [{ name: 'A b' }] }, /lower-case/],
    [{ clients: [{ clientId: 'x', redirectUris: ['http://example.com/'] }] }, /redirect_uris/],
    [{ clients: [{ clientId: 'x', redirectUris: ['https://example.com/#f'] }] }, /redirect_uris/],
    [{ user: [] }, /did you mean "users"/],
  ] as const) {
    const options = { ...OPTIONS, ...fault } as unknown as DevAuthorizationServerOptions;
    await assert.rejects(startDevAuthorizationServer(options), { name: 'TypeError', message }, JSON.stringify(fault));
  }
});
