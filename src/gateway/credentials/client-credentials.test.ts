import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { test, type TestContext } from 'node:test';
import {
  callUpstream,
  createCredentialWorld,
  createKey,
  freePort,
  startUpstreamServer,
  urlAt,
} from '../../../test/support/credential-world.ts';
import { atEnd, listen } from '../../../test/support/interop.ts';
import { claimsIn, startMachineAuthority } from '../../../test/support/machine-authority.ts';
import { Refusal } from '../../server/refusal.ts';
import { readSigningKey } from './signing-key.ts';

const PASSWORD = 'a-password-of-the-gateway';

async function startWorld(t: TestContext) {
  const port = await freePort();
  const url = urlAt(port);
  const { pem, jwk } = createKey();
  const { kid } = await readSigningKey(pem);
  const authority = await startMachineAuthority(
    t,
    [url, 'https://elsewhere.example.com'],
    [
      { id: 'gateway', secret: PASSWORD },
      { id: 'gateway-key', jwk: { ...jwk, kid } },
    ],
  );
  await startUpstreamServer(t, port, authority.issuer);
  const world = await createCredentialWorld(t, { password: PASSWORD, key: pem });
  return { url, authority, world };
}

/** The code and the detail of what a promise is refused with. */
async function refusalOf(refused: Promise<unknown>): Promise<readonly [string, string]> {
  const error = await refused.then(
    () => undefined,
    (why: unknown) => why,
  );
  assert.ok(error instanceof Refusal, String(error));
  return [error.denial.code, error.denial.detail ?? ''];
}

async function site(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  return listen(server);
}

test('the token endpoint is found by metadata, and one token serves until it ends', async (t) => {
  const { url, authority, world } = await startWorld(t);
  const credential = await world.open(url, {
    kind: 'client-credentials',
    clientId: 'gateway-key',
    clientKey: 'key',
    scopes: ['things:read'],
  });
  const many = await Promise.all(Array.from({ length: 50 }, (_, n) => credential.headers(`person-${n}`)));
  assert.equal(new Set(many.map((each) => each['authorization'])).size, 1);
  assert.equal(authority.asked.length, 1);
  assert.equal(authority.asked[0]?.get('resource'), url);
  const { aud, scope, client_id: client } = claimsIn(many[0] ?? {});
  assert.deepEqual({ aud, scope, client }, { aud: url, scope: 'things:read', client: 'gateway-key' });
  const answer = await callUpstream(url, many[0] ?? {});
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"who":"gateway-key"/);
});

test('a password is for the configured issuer, and works there', async (t) => {
  const { url, authority, world } = await startWorld(t);
  const { issuer } = authority;
  const options = { kind: 'client-credentials', clientId: 'gateway', clientSecret: 'password', issuer } as const;
  const credential = await world.open(url, { ...options, scopes: ['things:read'] });
  assert.equal((await callUpstream(url, await credential.headers(''))).status, 200);
});

test('a token that is refused is fetched anew once, and never in a loop', async (t) => {
  const { url, authority, world } = await startWorld(t);
  const credential = await world.open(url, { kind: 'client-credentials', clientId: 'gateway-key', clientKey: 'key' });
  for (let n = 0; n < 200; n++) {
    await credential.headers('');
    await credential.refused('', 401, 'Bearer error="invalid_token"');
  }
  assert.equal(authority.asked.length, 2);
  assert.equal(await credential.refused('', 401, undefined), false);
  assert.equal(await credential.refused('', 403, undefined), false);
});

test('a server that is down is a refusal of its own, and of no other', async (t) => {
  const { url, authority, world } = await startWorld(t);
  const credential = await world.open(url, { kind: 'client-credentials', clientId: 'gateway-key', clientKey: 'key' });
  await credential.headers('');
  await authority.stop();
  // What is there is still good.
  await credential.headers('');
  await credential.refused('', 401, undefined);
  const [code, detail] = await refusalOf(credential.headers(''));
  assert.equal(code, 'CREDENTIAL_UNAVAILABLE');
  assert.match(detail, /^upstream things: unreachable: http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED$/);
});

test('an upstream whose metadata names another resource gets no token', async (t) => {
  const { authority, world } = await startWorld(t);
  const origin = await site(t, (_, response) => {
    const body = { resource: 'https://elsewhere.example.com', authorization_servers: [authority.issuer] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const options = { kind: 'client-credentials', clientId: 'gateway-key', clientKey: 'key' } as const;
  const [code, detail] = await refusalOf((await world.open(`${origin}/mcp`, options)).headers(''));
  assert.equal(code, 'CREDENTIAL_UNAVAILABLE');
  assert.match(detail, /names another resource/);
  assert.equal(authority.asked.length, 0);
});

test('metadata that names another issuer is not that of the issuer', async (t) => {
  const { authority, world } = await startWorld(t);
  const origin: string = await site(t, (request, response) => {
    const body = request.url?.includes('oauth-protected-resource')
      ? { resource: `${origin}/mcp`, authorization_servers: [origin] }
      : { issuer: authority.issuer, token_endpoint: `${authority.issuer}/token` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const options = { kind: 'client-credentials', clientId: 'gateway-key', clientKey: 'key' } as const;
  const [, detail] = await refusalOf((await world.open(`${origin}/mcp`, options)).headers(''));
  assert.match(detail, /is the metadata of another issuer than/);
  assert.equal(authority.asked.length, 0);
});

const PRIVATE = [
  'http://169.254.169.254',
  'https://169.254.169.254',
  'https://10.0.0.1',
  'https://[fd00:ec2::254]',
  'http://192.168.1.1',
  'https://user:secret@example.com',
];

for (const place of PRIVATE) {
  test(`metadata leads nowhere that a tool may not go: ${place}`, async (t) => {
    const { world } = await startWorld(t);
    const origin: string = await site(t, (_, response) => {
      const body = { resource: `${origin}/mcp`, authorization_servers: [place] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const options = { kind: 'client-credentials', clientId: 'gateway-key', clientKey: 'key' } as const;
    const [, detail] = await refusalOf((await world.open(`${origin}/mcp`, options)).headers(''));
    assert.match(detail, /refused: |no plain URL/);
  });
}

test('in production no metadata leads to this machine', async (t) => {
  const { url, authority, world } = await startWorld(t);
  const options = { kind: 'client-credentials', clientId: 'gateway-key', clientKey: 'key' } as const;
  const credential = await world.open(url, options, { profile: 'production' });
  const [, detail] = await refusalOf(credential.headers(''));
  assert.match(detail, /refused: /);
  assert.equal(authority.asked.length, 0);
});

const WIDER: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['another audience', { aud: 'https://elsewhere.example.com', scope: 'things:read' }, /is not for/],
  ['two audiences', { aud: ['URL', 'https://elsewhere.example.com'], scope: 'things:read' }, /is not for/],
  ['more scope', { aud: 'URL', scope: 'things:read things:write' }, /more scope/],
];

for (const [name, claims, why] of WIDER) {
  test(`a token that is wider than asked for is not used: ${name}`, async (t) => {
    const { authority, world } = await startWorld(t);
    const origin: string = await site(t, (request, response) => {
      const url = `${origin}/mcp`;
      const answer = async (): Promise<object> => {
        if (request.url?.includes('oauth-protected-resource'))
          return { resource: url, authorization_servers: [origin] };
        if (request.method === 'GET') return { issuer: origin, token_endpoint: `${origin}/token` };
        const text = JSON.stringify(claims).replaceAll('URL', url);
        const value: unknown = JSON.parse(text);
        const token = await authority.mint(value as Readonly<Record<string, unknown>>);
        return { access_token: token, token_type: 'Bearer', expires_in: 300 };
      };
      void answer().then((body) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
    });
    const credential = await world.open(`${origin}/mcp`, {
      kind: 'client-credentials',
      clientId: 'gateway-key',
      clientKey: 'key',
      scopes: ['things:read'],
    });
    const [code, detail] = await refusalOf(credential.headers(''));
    assert.equal(code, 'CREDENTIAL_UNAVAILABLE');
    assert.match(detail, why);
  });
}

test('neither token nor secret comes into a log, a refusal or a text that is redacted', async (t) => {
  const { url, authority, world } = await startWorld(t);
  const { issuer } = authority;
  const right = { kind: 'client-credentials', clientId: 'gateway', clientSecret: 'password', issuer } as const;
  const { authorization = '' } = await (await world.open(url, right)).headers('');
  const token = authorization.slice('Bearer '.length);
  assert.ok(token.length > 100);
  assert.equal(world.redactor.withhold(`it said ${token}`), 'it said [secret]');
  const wrong = await world.open(url, { ...right, clientId: 'gateway-key' });
  const [code, detail] = await refusalOf(wrong.headers(''));
  assert.equal(code, 'CREDENTIAL_UNAVAILABLE');
  assert.match(detail, /the authorization server refused/);
  for (const line of [...world.lines, detail]) {
    assert.ok(!line.includes(PASSWORD), line);
    assert.ok(!line.includes(token.slice(0, 20)), line);
  }
});

test('a password goes to no server that an upstream names', async (t) => {
  const { url, world } = await startWorld(t);
  const options = { kind: 'client-credentials', clientId: 'gateway', clientSecret: 'password' } as const;
  await assert.rejects(world.open(url, options), /credential\.issuer: write where/);
});
