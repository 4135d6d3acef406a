import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { createCredentialWorld } from '../../../test/support/credential-world.ts';
import { atEnd, listen } from '../../../test/support/interop.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import { createLogins } from './logins.ts';
import { createLoginClient } from './login-client.ts';
import type { LoginCredential } from './options.ts';
import { createParts } from './parts.ts';
import { Trouble } from './trouble.ts';

const PAGE = 'https://gateway.example.com/approvals';
const VERIFIER = 'v'.repeat(43);

interface Seen {
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

/** An upstream and its authorization server in one, whose metadata are where only its challenge says. */
async function startBoth(t: TestContext) {
  const seen: Seen[] = [];
  const state = {
    challenge: 'scope="things:read"',
    server: 'one',
    methods: ['client_secret_post', 'client_secret_basic'] as readonly string[],
    registered: {} as Readonly<Record<string, unknown>>,
    scope: undefined as string | undefined,
  };
  const json = (value: unknown, status = 200) => ({ status, text: JSON.stringify(value) });
  function answer({ path }: Seen): { readonly status: number; readonly text: string } {
    if (path === '/elsewhere')
      return json({ resource: `${origin}/mcp`, authorization_servers: [`${origin}/${state.server}`] });
    if (path.startsWith('/.well-known/oauth-authorization-server/')) {
      const issuer = `${origin}/${path.split('/').at(-1) ?? ''}`;
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        registration_endpoint: `${issuer}/register`,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
        token_endpoint_auth_methods_supported: state.methods,
      });
    }
    if (path.endsWith('/register')) {
      const at = seen.filter((each) => each.path === path).length;
      return json({ client_id: `${path}-${at}`, client_secret: 'handed-out', ...state.registered }, 201);
    }
    if (path.endsWith('/token')) {
      const scope = state.scope === undefined ? {} : { scope: state.scope };
      return json({ access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', ...scope });
    }
    return { status: 404, text: '' };
  }
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization } = request.headers;
      const one = { path: request.url ?? '', body: Buffer.concat(chunks).toString(), authorization };
      seen.push(one);
      if (one.path === '/mcp') {
        const challenge = `Bearer ${state.challenge}, resource_metadata="${origin}/elsewhere"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
        return;
      }
      const { status, text } = answer(one);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  const origin: string = await listen(server);
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  return { origin, seen, state, asked: (path: string) => seen.filter((each) => each.path === path) };
}

async function world(t: TestContext, options: Partial<LoginCredential> = {}) {
  const both = await startBoth(t);
  const store = createMemoryStore();
  const { runtime } = await createCredentialWorld(t, {}, { store });
  const make = () => {
    const parts = createParts('things', `${both.origin}/mcp`, options.issuer, runtime);
    atEnd(t, () => parts.outbound.close());
    return createLoginClient({ kind: 'login', ...options }, PAGE, parts);
  };
  const client = make();
  /** Goes through a login; what a browser would come back with is made up. */
  const login = async (more: readonly string[] = [], by = client) => {
    const begun = await by.request('state', VERIFIER, more);
    const back = new URLSearchParams({ code: 'code', state: 'state' });
    const redeem = await by.redeem(back.toString(), { ...begun, state: 'state', verifier: VERIFIER });
    return { begun, location: new URL(begun.location), login: await redeem() };
  };
  return { ...both, store, client, make, login, runtime };
}

test('metadata are where the challenge says, and the scopes those that it names', async (t) => {
  const { client, asked } = await world(t, { clientId: 'known' });
  const { issuer, location, scopes } = await client.request('state', VERIFIER, []);
  assert.match(issuer, /\/one$/);
  assert.deepEqual([scopes, new URL(location).searchParams.get('scope')], [['things:read'], 'things:read']);
  // It was asked without a token.
  assert.deepEqual([...new Set(asked('/mcp').map(({ authorization }) => authorization))], [undefined]);
});

test('nobody is registered anywhere unless that is configured', async (t) => {
  const { client, asked } = await world(t);
  await assert.rejects(client.request('state', VERIFIER, []), /write its "clientId", or write "register: true"/);
  assert.deepEqual(asked('/one/register'), []);
});

test('a client is registered once, for every instance on one store, and proves itself as it was told', async (t) => {
  const { login, make, asked, origin } = await world(t, { register: true });
  const first = await login();
  const again = await login([], make());
  assert.equal(asked('/one/register').length, 1);
  const request: unknown = JSON.parse(asked('/one/register')[0]?.body ?? '');
  assert.deepEqual(request, {
    client_name: 'The gateway, for things',
    redirect_uris: [`${PAGE}/upstream/things/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'web',
    token_endpoint_auth_method: 'client_secret_basic',
  });
  for (const { location, begun } of [first, again]) {
    assert.equal(location.searchParams.get('client_id'), '/one/register-1');
    assert.equal(begun.issuer, `${origin}/one`);
  }
  const basic = `Basic ${btoa(`${encodeURIComponent('/one/register-1')}:handed-out`)}`;
  assert.deepEqual(
    asked('/one/token').map(({ authorization }) => authorization),
    [basic, basic],
  );
});

test('a login is good while its registration is, and for the server that it was made at', async (t) => {
  const { login, client, make, state, asked } = await world(t, { register: true });
  const made = await login();
  assert.equal(client.isOf(made.login), true);
  const refreshed = await (await client.refresh(made.login))?.();
  assert.equal(refreshed?.client, '/one/register-1');
  assert.match(asked('/one/token').at(-1)?.body ?? '', /grant_type=refresh_token/);
  // The upstream names another server from now on: neither the client nor a token of the first is shown there.
  state.server = 'two';
  client.doubt();
  assert.equal(await client.refresh(made.login), undefined);
  const other = await login();
  assert.equal(other.location.searchParams.get('client_id'), '/two/register-1');
  assert.deepEqual([asked('/two/register').length, asked('/two/token').length], [1, 1]);
  // One that is not to register any more takes no such login up.
  assert.equal(make().isOf({ ...made.login, registered: undefined as never }), false);
});

test('what was found out is doubted once in a while, however many tokens are refused', async (t) => {
  const { client, asked } = await world(t, { clientId: 'known' });
  await client.request('state', VERIFIER, []);
  for (let at = 0; at < 50; at += 1) {
    client.doubt();
    await client.request('state', VERIFIER, []);
  }
  assert.equal(asked('/elsewhere').length, 2);
});

test('a password that has ended, a way that is not known and a refusal are told, and nothing is kept', async (t) => {
  const { client, state, store } = await world(t, { register: true });
  const tries: readonly [Readonly<Record<string, unknown>>, RegExp][] = [
    [{ client_secret_expires_at: 1 }, /whose password has ended/],
    [{ token_endpoint_auth_method: 'tls_client_auth' }, /in no way that is known here/],
    [{ client_id: 'a\nb' }, /in no way that is known here/],
    [{ client_secret: undefined }, /in no way that is known here/],
  ];
  for (const [registered, why] of tries) {
    state.registered = registered;
    await assert.rejects(client.request('state', VERIFIER, []), (error: unknown) => {
      assert.ok(error instanceof Trouble && why.test(error.message), String(error));
      return true;
    });
  }
  assert.deepEqual(await store.keys('upstream-client:', 10), []);
  state.registered = {};
  state.methods = ['private_key_jwt'];
  client.doubt();
  await assert.rejects(client.request('state', VERIFIER, []), /no public client and no password/);
});

test('wider scopes are asked for beside those that always are, and a refreshed token may hold them', async (t) => {
  const { login, client, state } = await world(t, { clientId: 'known' });
  const wider = await login(['things:write']);
  assert.deepEqual(wider.login.scopes, ['things:read', 'things:write']);
  assert.equal(wider.location.searchParams.get('scope'), 'things:read things:write');
  state.scope = 'things:read things:write';
  assert.deepEqual((await (await client.refresh(wider.login))?.())?.scopes, ['things:read', 'things:write']);
  state.scope = 'things:read things:write things:delete';
  await assert.rejects(async () => (await client.refresh(wider.login))?.(), /more scope than was asked for/);
});

test('who is wanted to sign in again for more is asked once, until they have', async (t) => {
  const { runtime, origin, store, login } = await world(t, { clientId: 'known' });
  const sealer = runtime.lent?.sealer ?? assert.fail();
  const logins = createLogins(store, sealer, 'things');
  const instance = await createCredentialWorld(t, {}, { store });
  const credential = await instance.open(`${origin}/mcp`, { kind: 'login', clientId: 'known' });
  const alice = { id: 'alice' } as Parameters<NonNullable<typeof credential.errand>>[0];
  await logins.put('alice', (await login()).login);
  assert.equal(await credential.errand?.(alice), undefined);
  // Another error, and scopes that it has, ask nothing.
  for (const challenge of [
    'Bearer error="invalid_token", scope="things:write"',
    'Bearer scope="things:write"',
    undefined,
  ])
    assert.equal(await credential.refused('alice', 403, challenge), false);
  const held = 'Bearer error="insufficient_scope", scope="things:read"';
  assert.equal(await credential.refused('alice', 403, held), false);
  const challenge = 'Bearer error="insufficient_scope", scope="things:read things:write"';
  await assert.rejects(credential.refused('alice', 403, challenge), { name: 'Refusal' });
  assert.equal(await credential.refused('bob', 403, challenge), false);
  const errand = await credential.errand?.(alice);
  assert.ok(errand !== undefined);
  // What the narrower login can do goes on.
  assert.equal(await credential.errand?.(alice), undefined);
  assert.deepEqual(await credential.headers('alice'), { authorization: 'Bearer access' });
  assert.deepEqual(await logins.wanted('alice'), ['things:read', 'things:write']);
  assert.equal(await errand.settled(1, AbortSignal.timeout(10_000)), false);
  await logins.put('alice', (await login(await logins.wanted('alice'))).login);
  assert.equal(await errand.settled(1, AbortSignal.timeout(10_000)), true);
  assert.deepEqual(await logins.wanted('alice'), []);
});

test('scopes that are written are all that a person is ever asked for', async (t) => {
  const { runtime, origin, store, login } = await world(t, { clientId: 'known', scopes: ['things:read'] });
  const logins = createLogins(store, runtime.lent?.sealer ?? assert.fail(), 'things');
  const instance = await createCredentialWorld(t, {}, { store });
  const credential = await instance.open(`${origin}/mcp`, {
    kind: 'login',
    clientId: 'known',
    scopes: ['things:read'],
  });
  await logins.put('alice', (await login()).login);
  const challenge = 'Bearer error="insufficient_scope", scope="things:write"';
  assert.equal(await credential.refused('alice', 403, challenge), false);
  assert.deepEqual(await logins.wanted('alice'), []);
});
