import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection } from '../../src/audit/rule.ts';
import type { ExchangeCredential } from '../../src/gateway/credentials/options.ts';
import { createGateway } from '../../src/gateway/definition.ts';
import { serveHttp } from '../../src/index.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { callTool } from '../support/approval-world.ts';
import { createKey, freePort, createCredentialWorld, startNotingUpstream, urlAt } from '../support/credential-world.ts';
import { ROOT, atEnd, scratch } from '../support/interop.ts';
import { pinUrls } from '../support/url-gateway.ts';
import { claimsIn, startMachineAuthority, type MachineAuthority } from '../support/machine-authority.ts';
import { writeSecret } from '../support/write-secret.ts';

const PASSWORD = 'a-password-of-the-gateway';

interface World {
  readonly authority: MachineAuthority;
  readonly gateway: string;
  readonly upstream: string;
  /** What was sent to the upstream, in order. */
  readonly sent: readonly string[];
  readonly said: () => string;
  readonly events: readonly AuditEvent[];
  token(subject: string, client?: string, issuer?: MachineAuthority): Promise<string>;
  connect(token: string): Connection | Promise<Connection>;
}

async function startWorld(
  t: TestContext,
  more: Partial<ExchangeCredential> = {},
  others: readonly MachineAuthority[] = [],
): Promise<World> {
  const [port, upstreamPort] = [await freePort(), await freePort()];
  const [gateway, upstream] = [urlAt(port), urlAt(upstreamPort)];
  const authority = await startMachineAuthority(t, [upstream], [{ id: 'gateway', secret: PASSWORD }]);
  const sent = await startNotingUpstream(t, upstreamPort, authority.issuer);
  const folder = await scratch(t);
  const secrets = {
    password: await writeSecret(folder, 'password', PASSWORD),
    key: await writeSecret(folder, 'key', createKey().pem),
  };
  const lines: string[] = [];
  const events: AuditEvent[] = [];
  const recorder: Recorder = {
    append: (event) => Promise.resolve({ index: events.push(event) - 1 }),
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
  const credential: ExchangeCredential = {
    kind: 'exchange',
    clientId: 'gateway',
    clientSecret: 'password',
    issuer: authority.issuer,
    scopes: ['things:read'],
    ...more,
  };
  const look = await createCredentialWorld(t, { password: PASSWORD, key: createKey().pem });
  const tools = { read: { effect: 'read' } } as const;
  // What is offered is looked at in the gateway's own name.
  const { lock, ready } = await pinUrls({ things: { url: upstream, credential, tools } }, look.runtime);
  const { definition } = createGateway('gate', lock, ready);
  authority.asked.length = 0;
  sent.length = 0;
  const issuers = [authority, ...others].map(({ issuer }) => ({ issuer }));
  const host = await serveHttp(definition, {
    profile: 'dev',
    http: { port, publicUrl: gateway },
    auth: { issuers },
    secrets,
    recorder,
    log: ({ message }) => void lines.push(message),
  });
  atEnd(t, () => host.close());
  return {
    authority,
    gateway,
    upstream,
    sent,
    events,
    said: () => [...lines, JSON.stringify(events)].join('\n'),
    token: (sub, client = 'agent', issuer = authority) =>
      issuer.mint({ sub, aud: gateway, client_id: client, scope: 'things:read' }),
    connect: (token) => connectHttp({ url: new URL(gateway), era: 'modern', token, capabilities: {} }),
  };
}

test('the upstream sees who calls and who acts, and never the token that the caller came with', async (t) => {
  const world = await startWorld(t);
  const token = await world.token('alice');
  const alice = await world.connect(token);
  const reply = await callTool(alice, 'things__read', { thing: 'one' });
  assert.deepEqual(resultOf(reply)?.['structuredContent'], { who: 'alice', thing: 'one' }, reply.text);
  // The handshake, the look at what is offered, and the call.
  assert.equal(new Set(world.sent).size, 1);
  const claims = claimsIn({ authorization: world.sent[0] ?? '' });
  assert.deepEqual(
    { sub: claims['sub'], aud: claims['aud'], scope: claims['scope'], act: claims['act'] },
    { sub: 'alice', aud: world.upstream, scope: 'things:read', act: { sub: 'gateway' } },
  );
  assert.notEqual(world.sent[0], `Bearer ${token}`);
  const [asked] = world.authority.asked;
  assert.deepEqual(
    [asked?.get('subject_token'), asked?.get('resource'), asked?.get('scope')],
    [token, world.upstream, 'things:read'],
  );
  const said = world.said() + reply.text;
  for (const secret of [token, world.sent[0] ?? '', PASSWORD]) assert.ok(!said.includes(secret.slice(-40)));
});

test('two people and two clients of one person, interleaved, never have the token of another', async (t) => {
  const world = await startWorld(t);
  const callers = await Promise.all(
    [
      ['alice', 'agent-1'],
      ['alice', 'agent-2'],
      ['bob', 'agent-1'],
    ].map(async ([name = '', client]) => [name, await world.connect(await world.token(name, client))] as const),
  );
  let count = 0;
  const workers = Array.from({ length: 12 }, async (_, worker) => {
    const [name, connection] = callers[worker % callers.length] ?? assert.fail();
    while (count < 300) {
      const n = count++;
      const reply = await callTool(connection, 'things__read', { thing: `${name}-${n}` });
      assert.deepEqual(resultOf(reply)?.['structuredContent'], { who: name, thing: `${name}-${n}` }, reply.text);
    }
  });
  await Promise.all(workers);
  assert.equal(world.authority.asked.length, 3);
  assert.equal(new Set(world.sent).size, 3);
});

function without(claims: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(claims).filter(([each]) => each !== name));
}

const WRONG: readonly (readonly [
  string,
  (claims: Readonly<Record<string, unknown>>, subject: string) => Readonly<Record<string, unknown>> | string,
  RegExp,
])[] = [
  [
    'for another audience too',
    (claims) => ({ ...claims, aud: [claims['aud'], 'https://elsewhere.example.com'] }),
    /is not for/,
  ],
  ['with more scope', (claims) => ({ ...claims, scope: 'things:read things:write' }), /more scope/],
  ['without its scope', (claims) => without(claims, 'scope'), /does not show its scope/],
  ['without its actor', (claims) => without(claims, 'act'), /as its actor/],
  ['with another actor', (claims) => ({ ...claims, act: { sub: 'mallory' } }), /as its actor/],
  ['about somebody else', (claims) => ({ ...claims, sub: 'bob' }), /about somebody else/],
  ['that cannot be read', () => 'an-opaque-token-of-some-length', /cannot be read/],
  ['that is the one of the caller', (_, subject) => subject, /is not for|gave back/],
];

for (const [name, exchanged, why] of WRONG) {
  test(`a token is not used that is ${name}`, async (t) => {
    const world = await startWorld(t);
    world.authority.exchanged = exchanged;
    const reply = await callTool(await world.connect(await world.token('alice')), 'things__read', { thing: 'one' });
    assert.match(textOf(reply), /CREDENTIAL_UNAVAILABLE/);
    assert.deepEqual(world.sent, []);
    assert.ok(
      world.events.some(({ detail = '' }) => why.test(detail)),
      world.said(),
    );
  });
}

test("a caller's token is not sent to another server than the one that issued it", async (t) => {
  const other = await startMachineAuthority(t, [], [{ id: 'x', secret: 'y' }]);
  const world = await startWorld(t, {}, [other]);
  const reply = await callTool(await world.connect(await world.token('alice', 'agent', other)), 'things__read', {
    thing: 'one',
  });
  assert.match(textOf(reply), /CREDENTIAL_UNAVAILABLE/);
  assert.equal(world.authority.asked.length, 0);
});

test('an assertion of the gateway proves the caller where its own token stays here', async (t) => {
  const world = await startWorld(t, { subject: 'assertion', key: 'key' });
  const response = await fetch(new URL('/gateway/things/jwks.json', world.gateway));
  world.authority.trusted = (await response.json()) as { readonly keys: readonly object[] };
  const token = await world.token('alice');
  const reply = await callTool(await world.connect(token), 'things__read', { thing: 'one' });
  assert.deepEqual(resultOf(reply)?.['structuredContent'], { who: 'alice', thing: 'one' }, reply.text);
  const [asked] = world.authority.asked;
  assert.notEqual(asked?.get('subject_token'), token);
  const claims = claimsIn({ authorization: `Bearer ${asked?.get('subject_token')}` });
  assert.deepEqual(
    { sub: claims['sub'], iss: claims['iss'], aud: claims['aud'], act: claims['act'] },
    { sub: 'alice', iss: world.gateway, aud: world.authority.issuer, act: { sub: world.gateway } },
  );
});

test('a server that is down is said so, and nothing is sent to the upstream', async (t) => {
  const world = await startWorld(t);
  const alice = await world.connect(await world.token('alice'));
  // The keys of the gateway's issuer are known by now.
  await callTool(alice, 'things__read', { thing: 'one' });
  const bob = await world.connect(await world.token('bob'));
  await world.authority.stop();
  const before = world.sent.length;
  assert.match(textOf(await callTool(bob, 'things__read', { thing: 'one' })), /CREDENTIAL_UNAVAILABLE/);
  assert.ok(before > 0);
  assert.equal(world.sent.length, before);
});

test('one file reads the token of a caller', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const readers = files.filter((name) => readFileSync(join(ROOT, 'src', name), 'utf8').includes('inboundTokenOf('));
  assert.deepEqual(readers.toSorted(), ['gateway/credentials/exchange.ts', 'server/inbound-token.ts']);
});
