import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startVaultServer, type VaultServer, type VaultServerOptions } from '../../../test/support/vault-server.ts';
import { createCertificate } from '../../prove/certificate.ts';
import type { Provider } from '../provider.ts';
import type { VaultLogin, VaultSettings } from '../provider-settings.ts';
import { createVaultProvider } from './vault-kv.ts';

const VALUE = 'the-token-of-the-crm';
const TOKEN = 'hvs.a-token-from-the-agent';

interface Opened {
  readonly server: VaultServer;
  readonly folder: string;
  readonly provider: Provider;
  readonly remembered: string[];
  readonly read: (locator?: string, withinMs?: number) => Promise<string>;
}

async function start(
  t: TestContext,
  auth: VaultLogin = { kind: 'token', file: 'token' },
  more: Partial<VaultSettings> = {},
  options: VaultServerOptions = {},
): Promise<Opened> {
  const server = await startVaultServer(options);
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-kv-'));
  for (const [name, text] of [
    ['token', `${TOKEN}\n`],
    ['jwt', 'eyJ.a-service-account.token'],
    ['secret-id', 'a-secret-id-of-approle'],
  ] as const)
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  server.allow(TOKEN);
  server.put('crm', { token: VALUE, number: 7 });
  const remembered: string[] = [];
  const provider = createVaultProvider({
    profile: 'production',
    folder,
    settings: { vault: { address: server.address, auth, ...more } },
    remember: (value) => void remembered.push(value),
  });
  t.after(async () => {
    provider.close?.();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    server,
    folder,
    provider,
    remembered,
    read: async (locator = 'secret/data/crm#token', withinMs = 10_000) =>
      (await provider.read(locator, AbortSignal.timeout(withinMs))).value,
  };
}

test('a field is read with its version and the time that it was made', async (t) => {
  const { server, provider, remembered } = await start(t);
  const reading = await provider.read('secret/data/crm#token', AbortSignal.timeout(10_000));
  assert.equal(reading.value, VALUE);
  assert.equal(reading.version, 'version 1');
  assert.ok(Math.abs((reading.madeAt ?? 0) - Date.now()) < 60_000);
  server.put('crm', { token: 'a-newer-token-of-the-crm' });
  const next = await provider.read('secret/data/crm#token', AbortSignal.timeout(10_000));
  assert.deepEqual([next.value, next.version], ['a-newer-token-of-the-crm', 'version 2']);
  assert.ok(remembered.includes(TOKEN));
});

test('what is not there, deleted, destroyed or of another kind is told apart, and no value is told', async (t) => {
  const { server, read } = await start(t);
  server.put('gone', { token: VALUE });
  server.setState('gone', 'deleted');
  server.put('ashes', { token: VALUE });
  server.setState('ashes', 'destroyed');
  for (const [locator, message] of [
    ['secret/data/nothing#token', /Vault has nothing at secret\/data\/nothing#token/],
    ['secret/data/gone#token', /version 1 of secret\/data\/gone#token was deleted/],
    ['secret/data/ashes#token', /Vault has nothing at|was destroyed/],
    ['secret/data/crm#number', /there is no text in that field/],
    ['secret/data/crm#toString', /there is no text in that field/],
    ['secret/data/crm#__proto__', /there is no text in that field/],
    ['secret/crm#token', /write it as vault:<mount>\/data/],
    ['secret/data/crm', /write it as/],
    ['secret/data/crm#a#b', /write it as/],
    ['secret/data/../../sys/seal#token', /is no path in Vault/],
    ['secret/data//crm#token', /write it as|is no path/],
  ] as const) {
    await assert.rejects(read(locator), (error: Error) => {
      assert.match(error.message, message, locator);
      assert.doesNotMatch(error.message, new RegExp(VALUE));
      return true;
    });
  }
});

test('a path is escaped, so that it stays one path', async (t) => {
  const { server, read } = await start(t);
  server.put('a?version=1&b c', { token: VALUE });
  assert.equal(await read('secret/data/a?version=1&b c#token'), VALUE);
  assert.equal(server.requests.at(-1), 'GET secret/data/a%3Fversion%3D1%26b%20c');
});

test('too many requests, a sealed and a failing Vault are asked again, for a while', async (t) => {
  const { server, read } = await start(t);
  await read();
  const answer = (status: number) => (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
    response.end('{"errors":["Vault is sealed"]}');
  };
  for (const status of [429, 500, 502, 503]) {
    server.next(2, answer(status));
    assert.equal(await read(), VALUE);
  }
  server.next(99, answer(503));
  await assert.rejects(read(), /sealed or in maintenance \(503\)/);
  server.next(99, answer(429));
  await assert.rejects(read(), /too many requests \(429\)/);
  server.next(99, answer(418));
  await assert.rejects(read(), /Vault answered 418/);
});

test('an answer that is slow, huge, cut off, no JSON or a redirect is refused', async (t) => {
  const { server, read } = await start(t);
  await read();
  const whole = server.requests.length;
  const answers: readonly (readonly [RegExp, (request: IncomingMessage, response: ServerResponse) => void])[] = [
    [/did not answer in time/, () => undefined],
    [/too large/, (_, response) => void response.writeHead(200).end('x'.repeat(2_000_000))],
    [/cannot be reached \(ECONNRESET\)|no secret of a version 2/, (request) => void request.socket.destroy()],
    [/no secret of a version 2/, (_, response) => void response.writeHead(200).end('<html>')],
    [/no secret of a version 2/, (_, response) => void response.writeHead(200).end('{"data":{"token":"flat"}}')],
    [/no secret of a version 2/, (_, response) => void response.writeHead(200).end('[1]')],
    [
      /answered 307/,
      (_, response) => void response.writeHead(307, { location: `${server.address}/v1/secret/data/crm` }).end(),
    ],
  ];
  for (const [message, answer] of answers) {
    server.next(99, answer);
    await assert.rejects(read('secret/data/crm#token', 500), message);
  }
  assert.ok(server.requests.slice(whole).every((request) => request === 'GET secret/data/crm'));
  server.next(0, () => undefined);
  assert.equal(await read(), VALUE);
});

test('a Vault that is not there is told as that', async (t) => {
  const { server, read } = await start(t);
  await server.close();
  await assert.rejects(read(), /Vault cannot be reached \(ECONNREFUSED\)/);
});

test('a policy that forbids is told as that, after one new sign-in', async (t) => {
  const { server, read } = await start(t);
  server.revoke(TOKEN);
  await assert.rejects(read(), /does not let this server read secret\/data\/crm#token: check its policy/);
});

test('a token that the agent replaced is taken up', async (t) => {
  const { server, folder, read, remembered } = await start(t);
  assert.equal(await read(), VALUE);
  server.revoke(TOKEN);
  server.allow('hvs.the-next-token-of-the-agent');
  writeFileSync(join(folder, 'token'), 'hvs.the-next-token-of-the-agent');
  assert.equal(await read(), VALUE);
  assert.ok(remembered.includes('hvs.the-next-token-of-the-agent'));
});

for (const [auth, login] of [
  [{ kind: 'kubernetes', role: 'crm', file: 'jwt' }, 'crm eyJ.a-service-account.token'],
  [{ kind: 'approle', role: 'role-id', file: 'secret-id' }, 'role-id a-secret-id-of-approle'],
] as const) {
  test(`${auth.kind} signs in once, and again when its token is revoked`, async (t) => {
    const { server, read, remembered } = await start(t, auth, { namespace: 'team/a' });
    await assert.rejects(read(), /Vault refused the sign-in \(400\)/);
    server.logins.add(login);
    assert.equal(await read(), VALUE);
    assert.equal(await read(), VALUE);
    const signIns = () => server.requests.filter((request) => request === `POST auth/${auth.kind}/login`).length;
    assert.equal(signIns(), 2);
    server.revoke('hvs.token-of-a-login-1');
    assert.equal(await read(), VALUE);
    assert.equal(signIns(), 3);
    assert.ok(server.namespaces.every((namespace) => namespace === 'team/a'));
    assert.ok(remembered.includes('hvs.token-of-a-login-2'));
    assert.ok(remembered.includes(login.split(' ')[1] ?? ''));
  });
}

test('a token is renewed before it ends', async (t) => {
  const auth = { kind: 'approle', role: 'role-id', file: 'secret-id' } as const;
  const { server, read } = await start(t, auth, {}, { leaseSeconds: 1 });
  server.logins.add('role-id a-secret-id-of-approle');
  assert.equal(await read(), VALUE);
  const until = Date.now() + 20_000;
  while (!server.requests.includes('POST auth/token/renew-self') && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(server.requests.includes('POST auth/token/renew-self'));
});

test('over TLS the certificate is verified, by the authority that was named', async (t) => {
  const certificate = createCertificate();
  const untrusted = await start(t, undefined, {}, { tls: certificate });
  await assert.rejects(untrusted.read(), /cannot be reached \((?:DEPTH_ZERO_)?SELF_SIGNED/);
  assert.deepEqual(untrusted.server.requests, []);
  const { folder, read } = await start(t, undefined, { ca: 'ca.pem' }, { tls: certificate });
  writeFileSync(join(folder, 'ca.pem'), certificate.cert);
  assert.equal(await read(), VALUE);
});

test('an address to which a token must not be sent is refused', () => {
  for (const address of ['http://vault.example:8200', 'ftp://127.0.0.1', 'https://u:p@vault.example', 'vault']) {
    const settings = { vault: { address, auth: { kind: 'token', file: 'token' } as const } };
    const context = { profile: 'dev', folder: '/', settings, remember: () => undefined } as const;
    assert.throws(() => createVaultProvider(context), { name: 'TypeError', message: /give an https URL/ });
  }
});
