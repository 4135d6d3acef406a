import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createCredentialWorld, createKey } from '../../../test/support/credential-world.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { claimsIn, startMachineAuthority } from '../../../test/support/machine-authority.ts';
import type { CapabilityContext } from '../../capabilities/capability.ts';

const UPSTREAM = 'http://127.0.0.1:9/mcp';
const PASSWORD = 'a-password-of-the-gateway';

/** An exchange for an assertion of the gateway, and the call of somebody that it is made for. */
async function start(t: TestContext) {
  const authority = await startMachineAuthority(t, [UPSTREAM], [{ id: 'gateway', secret: PASSWORD }]);
  const world = await createCredentialWorld(t, { password: PASSWORD, key: createKey().pem });
  const credential = await world.open(UPSTREAM, {
    kind: 'exchange',
    clientId: 'gateway',
    clientSecret: 'password',
    issuer: authority.issuer,
    scopes: ['things:read'],
    subject: 'assertion',
    key: 'key',
  });
  const published = () => world.documents.get('/gateway/things/jwks.json')?.() ?? '';
  // They are read from the secret in their time.
  await eventually(() => published().includes('kid'));
  authority.trusted = JSON.parse(published());
  const call = async (id: string, tenant: string | undefined, work: () => Promise<unknown>): Promise<void> => {
    const principal = {
      id,
      issuer: authority.issuer,
      subject: 'ann',
      ...(tenant === undefined ? {} : { tenant }),
      client: 'agent',
      scopes: new Set<string>(),
      expiresAt: Date.now() + 60_000,
      credential: 'one',
    };
    const context: CapabilityContext = {
      principal,
      request: 'r',
      signal: new AbortController().signal,
      defer: () => undefined,
      holdsCredential: () => false,
    };
    await credential.during?.(context, work);
  };
  const told = () => authority.asked.map((each) => claimsIn({ authorization: `Bearer ${each.get('subject_token')}` }));
  return { authority, credential, call, told };
}

test('an upstream that refuses every token costs one exchange in a while', async (t) => {
  const { authority, credential, call } = await start(t);
  for (let n = 0; n < 5; n++)
    await call('ann', undefined, async () => {
      assert.match((await credential.headers('ann'))['authorization'] ?? '', /^Bearer /);
      assert.equal(await credential.refused('ann', 401, undefined), false);
    });
  assert.equal(authority.asked.length, 2);
});

test('an assertion tells one subject of two tenants apart', async (t) => {
  const { call, told } = await start(t);
  for (const tenant of ['north', 'south', undefined]) await call(`ann of ${tenant}`, tenant, () => Promise.resolve());
  assert.deepEqual(
    told().map(({ sub, subject_tenant: tenant }) => [sub, tenant]),
    [
      ['ann', 'north'],
      ['ann', 'south'],
      ['ann', undefined],
    ],
  );
});
