import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createCredentialWorld, createKey } from '../../../test/support/credential-world.ts';
import { readSigningKey } from './signing-key.ts';

const URL = 'https://things.example.com/mcp';

test('an assertion is about one caller, for one upstream, for a minute, and can be verified with what is published', async (t) => {
  const { pem } = createKey();
  const world = await createCredentialWorld(t, { key: pem });
  const credential = await world.open(URL, { kind: 'assertion', key: 'key' });
  const [alice = {}, again = {}, bob = {}] = await Promise.all(
    ['alice', 'alice', 'bob'].map((each) => credential.headers(each)),
  );
  const published = world.documents.get('/gateway/things/jwks.json')?.() ?? '';
  assert.ok(!published.includes('"d"'));
  const keys = createLocalJWKSet(JSON.parse(published));
  const verify = ({ authorization = '' }: Readonly<Record<string, string>>) =>
    jwtVerify(authorization.slice('Bearer '.length), keys, {
      issuer: 'https://gateway.example.com/mcp',
      audience: URL,
    });
  const { payload } = await verify(alice);
  assert.equal(payload.sub, 'alice');
  assert.deepEqual(payload['act'], { sub: 'https://gateway.example.com/mcp' });
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60);
  assert.equal((await verify(bob)).payload.sub, 'bob');
  assert.notEqual((await verify(again)).payload.jti, payload.jti);
  assert.equal(await credential.refused('alice', 401, undefined), false);
});

test('an assertion to look at what is offered is about the gateway itself', async (t) => {
  const world = await createCredentialWorld(t, { key: createKey().pem });
  const credential = await world.open(URL, { kind: 'assertion', key: 'key', issuer: 'https://me.example.com' });
  const { authorization = '' } = await credential.headers('');
  const claims: unknown = JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString());
  assert.ok(typeof claims === 'object' && claims !== null && 'sub' in claims);
  assert.equal(claims.sub, 'https://me.example.com');
  assert.ok(!('act' in claims));
});

test('what is no signing key is refused without a word of it', async () => {
  const secret = 'c2VjcmV0LXNlY3JldA';
  for (const text of [
    '',
    secret,
    `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
    '{"kty":"oct"}',
  ]) {
    await assert.rejects(
      readSigningKey(text),
      (error) => error instanceof TypeError && !error.message.includes(secret),
    );
  }
});

test('a gateway without a URL says what it lacks', async (t) => {
  const world = await createCredentialWorld(t, { key: createKey().pem });
  const opened = world.open(URL, { kind: 'assertion', key: 'key' }, { lent: undefined });
  await assert.rejects(opened, /Write an issuer/);
});
