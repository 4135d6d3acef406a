import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { createCredentialWorld } from '../../../test/support/credential-world.ts';
import { atEnd, listen } from '../../../test/support/interop.ts';
import { createSealer } from '../../pipeline/seal.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import { endLogin, revokeLogin } from './end-login.ts';
import { createLogins, type Login } from './logins.ts';
import { createParts } from './parts.ts';

const PASSWORD = 'a-password-of-the-gateway';

/** An authorization server that takes revocations, or none, and what it was sent. */
async function startServer(t: TestContext, status: number) {
  const sent: { readonly authorization: string | undefined; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') {
        const metadata = { issuer: origin, token_endpoint: `${origin}/token`, revocation_endpoint: `${origin}/revoke` };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
        return;
      }
      sent.push({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end();
    });
  });
  const origin: string = await listen(server);
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  return { issuer: origin, sent };
}

async function world(t: TestContext, issuer: string, madeAt: string = issuer) {
  const { runtime } = await createCredentialWorld(t, { password: PASSWORD });
  const options = { kind: 'login', clientId: 'gateway', clientSecret: 'password', issuer } as const;
  const parts = createParts('things', 'http://127.0.0.1:9/mcp', issuer, runtime);
  atEnd(t, () => parts.outbound.close());
  const store = createMemoryStore();
  const logins = createLogins(store, createSealer([new Uint8Array(32)]), 'things');
  const login: Login = {
    accessToken: 'the-access-token',
    refreshToken: 'the-refresh-token',
    usableUntil: 0,
    issuer: madeAt,
    resource: 'http://127.0.0.1:9/mcp',
    client: 'gateway',
    scopes: [],
  };
  await logins.put('alice', login);
  return {
    store,
    logins,
    end: (whose: string) => endLogin(logins, whose, (held) => revokeLogin(options, held, parts)),
  };
}

test('a login that is ended is gone, and its authorization server is told', async (t) => {
  const { issuer, sent } = await startServer(t, 200);
  const { logins, end } = await world(t, issuer);
  assert.equal(await end('bob'), 'none');
  assert.equal(await end('alice'), 'ended');
  assert.equal(await logins.find('alice'), undefined);
  assert.deepEqual(sent, [
    {
      authorization: `Basic ${Buffer.from(`gateway:${PASSWORD}`).toString('base64')}`,
      body: 'token=the-refresh-token',
    },
  ]);
});

test('a login is ended though its authorization server cannot be told', async (t) => {
  const { issuer } = await startServer(t, 503);
  const { logins, end } = await world(t, issuer);
  assert.equal(await end('alice'), 'untold');
  assert.equal(await logins.find('alice'), undefined);
});

test('a password is not sent to the server that a login was made at before', async (t) => {
  const [{ issuer }, before] = [await startServer(t, 200), await startServer(t, 200)];
  const { logins, end } = await world(t, issuer, before.issuer);
  assert.equal(await end('alice'), 'untold');
  assert.equal(await logins.find('alice'), undefined);
  assert.deepEqual(before.sent, []);
});

test('what cannot be read is taken away as well', async (t) => {
  const { issuer, sent } = await startServer(t, 200);
  const { store, end } = await world(t, issuer);
  await store.put('upstream-login:things:alice', 'p1.else', 60_000);
  assert.equal(await end('alice'), 'untold');
  assert.deepEqual(await store.keys('upstream-login:', 10), []);
  assert.deepEqual(sent, []);
});
