import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type MintClaims, type MintHeader, type MintOptions, startIssuer, type TestIssuer } from '../prove/issuer.ts';
import { type Authentication, type Authenticator, createAuthenticator } from './authenticator.ts';

const RESOURCE = 'https://mcp.example.com/mcp';
const seconds = (): number => Math.floor(Date.now() / 1000);

let issuer: TestIssuer;
let other: TestIssuer;
let authenticator: Authenticator;

before(async () => {
  issuer = await startIssuer();
  other = await startIssuer({ path: '/tenant1' });
  authenticator = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: issuer.issuer }, { issuer: other.issuer, tenantClaim: 'tid', clientClaim: 'azp' }],
    hierarchy: { 'notes:write': ['notes:read'], 'notes:manage': ['notes:write'] },
  });
  await authenticator.warm();
});

after(async () => {
  await Promise.all([authenticator.close(), issuer.close(), other.close()]);
});

async function authenticate(
  claims: MintClaims,
  header: MintHeader = {},
  options: MintOptions = {},
): Promise<Authentication> {
  return authenticator.authenticate(`Bearer ${await issuer.mint({ aud: RESOURCE, ...claims }, header, options)}`);
}

test('a sound token gives its principal, with scopes expanded', async () => {
  const exp = seconds() + 300;
  const result = await authenticate({ sub: 'alice', scope: 'notes:manage other', exp, iat: exp - 300 });
  assert.ok(result.pass);
  const { id, credential, scopes, ...rest } = result.principal;
  assert.deepEqual(rest, { issuer: issuer.issuer, subject: 'alice', client: 'test-client', expiresAt: exp * 1000 });
  assert.deepEqual([...scopes].sort(), ['notes:manage', 'notes:read', 'notes:write', 'other']);
  assert.match(id, /^p[\w-]{43}$/);
  assert.match(credential, /^[\w-]{43}$/);
});

test('every accepted form', async () => {
  const accepted: readonly [MintClaims, MintHeader][] = [
    [{ aud: [RESOURCE] }, {}],
    [{}, { alg: 'RS256' }],
    [{}, { typ: 'application/AT+JWT' }],
    [{ client_id: undefined, azp: 'app' }, {}],
    [{ scope: undefined }, {}],
    [{ iat: seconds() + 3, exp: seconds() + 300 }, {}],
    [{ iat: seconds() - 303, exp: seconds() - 3 }, {}],
    [{ exp: seconds() + 900, iat: seconds() }, {}],
  ];
  for (const [claims, header] of accepted) {
    const result = await authenticate(claims, header);
    assert.equal(result.pass, true, JSON.stringify([claims, header, result]));
  }
});

test('every refused claim and header', async () => {
  const now = seconds();
  const refused: readonly [string, MintClaims, MintHeader?, MintOptions?][] = [
    ['aud of a sibling', { aud: 'https://mcp.example.com/other' }],
    ['aud of the origin', { aud: 'https://mcp.example.com' }],
    ['aud with a slash more', { aud: `${RESOURCE}/` }],
    ['aud in another case', { aud: 'https://MCP.example.com/mcp' }],
    ['aud of several', { aud: [RESOURCE, 'https://other.example'] }],
    ['aud nested', { aud: [[RESOURCE]] as unknown as string[] }],
    ['aud empty', { aud: [] }],
    ['aud missing', { aud: undefined }],
    ['iss of nobody', { iss: 'https://attacker.example' }],
    ['iss with a slash', { iss: `${issuer.issuer}/` }],
    ['iss of the other issuer', { iss: other.issuer }],
    ['iss missing', { iss: undefined }],
    ['iss of the prototype', { iss: '__proto__' }],
    ['sub missing', { sub: undefined }],
    ['sub empty', { sub: '' }],
    ['sub a number', { sub: 7 as unknown as string }],
    ['client missing', { client_id: undefined }],
    ['exp missing', { exp: undefined }],
    ['exp a string', { exp: String(now + 60) as unknown as number }],
    ['iat missing', { iat: undefined, exp: now + 60 }],
    ['iat in the future', { iat: now + 60, exp: now + 120 }],
    ['nbf in the future', { nbf: now + 60 }],
    ['a lifetime of a day', { iat: now, exp: now + 86_400 }],
    ['a lifetime a second over', { iat: now, exp: now + 901 }],
    ['exp before iat', { iat: now + 2, exp: now + 1 }],
    ['a bound token', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }],
    ['a token over 8 KiB', { pad: 'x'.repeat(8192) }],
    ['scope an object', { scope: {} as unknown as string }],
    ['scope with a quote', { scope: 'notes:read "x"' }],
    ['scope with two spaces', { scope: 'a  b' }],
    ['typ of a JWT', {}, { typ: 'JWT' }],
    ['typ missing', {}, { typ: undefined }],
    ['typ literally absent', {}, { typ: 'absent' }],
    ['alg none', {}, { alg: 'none' }],
    ['alg confusion', {}, { alg: 'HS256' }],
    ['kid unknown', {}, { kid: 'nobody' }],
    ['kid of a path', {}, { kid: '../../dev/null' }],
    ['a foreign key', {}, {}, { foreignKey: true }],
    ['crit', {}, { crit: ['exp'] }],
    ['b64', {}, { b64: false }],
    ['jku', {}, { jku: 'https://attacker.example/jwks' }],
    ['x5u', {}, { x5u: 'https://attacker.example/cert' }],
    ['x5c', {}, { x5c: ['MIIB'] }],
    ['jwk', {}, { jwk: { kty: 'EC' } }],
    ['claims that look like a decision', { aud: 'x', pass: false, code: 'TOKEN_MISSING' }],
  ];
  for (const [what, claims, header, options] of refused) {
    const result = await authenticate(claims, header, options);
    assert.equal(result.pass, false, what);
    assert.equal(result.code, 'TOKEN_INVALID', what);
    assert.equal(typeof result.detail, 'string', what);
  }
});

test('an embedded key does not verify the token that it signs', async () => {
  const [key] = other.jwks().keys;
  const token = await other.mint({ iss: issuer.issuer, aud: RESOURCE }, { jwk: key, kid: undefined });
  const result = await authenticator.authenticate(`Bearer ${token}`);
  assert.equal(result.pass, false);
});

test('an expired token has its own code, but only under a sound signature', async () => {
  const old = { iat: seconds() - 400, exp: seconds() - 100 };
  const expired = await authenticate(old);
  assert.ok(!expired.pass);
  assert.equal(expired.code, 'TOKEN_EXPIRED');
  const forged = await authenticate(old, {}, { foreignKey: true });
  assert.ok(!forged.pass);
  assert.equal(forged.code, 'TOKEN_INVALID');
});

test('a tampered payload or signature is refused', async () => {
  const token = await issuer.mint({ aud: RESOURCE, sub: 'alice' });
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  for (const hostile of [
    `${header}.${forged}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
  ]) {
    const result = await authenticator.authenticate(`Bearer ${hostile}`);
    assert.ok(!result.pass);
    assert.equal(result.code, 'TOKEN_INVALID');
  }
});

test('the header must be one bearer token of bounded size', async () => {
  const token = await issuer.mint({ aud: RESOURCE });
  assert.deepEqual(await authenticator.authenticate(undefined), { pass: false, code: 'TOKEN_MISSING' });
  for (const header of [
    '',
    'Bearer',
    'Bearer ',
    token,
    `Basic ${token}`,
    `DPoP ${token}`,
    `Bearer  ${token}`,
    ` Bearer ${token}`,
    `Bearer ${token} `,
    `Bearer\t${token}`,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer ${token}=`,
    `Bearer ${'a'.repeat(8193)}`,
    'Bearer a.b.c.d.e',
  ]) {
    const result = await authenticator.authenticate(header);
    assert.ok(!result.pass, header);
    assert.equal(result.code, 'TOKEN_INVALID', header);
  }
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    assert.equal((await authenticator.authenticate(`${scheme} ${token}`)).pass, true);
  }
});

test('no string passes, and none throws', async () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  const header = fc.oneof(
    fc.string(),
    fc.tuple(part, part, part).map((parts) => `Bearer ${parts.join('.')}`),
  );
  await fc.assert(
    fc.asyncProperty(header, async (value) => {
      assert.equal((await authenticator.authenticate(value)).pass, false);
    }),
    { numRuns: 300 },
  );
});

test('a verified token is answered at once with the same object, a refused one is not kept', async () => {
  const header = `Bearer ${await issuer.mint({ aud: RESOURCE })}`;
  const first = await authenticator.authenticate(header);
  assert.equal(authenticator.authenticate(header), first);
  const bad = `Bearer ${await issuer.mint({ aud: 'https://other.example' })}`;
  await authenticator.authenticate(bad);
  assert.ok(authenticator.authenticate(bad) instanceof Promise);
});

test('a connection speaks for nobody: its next header decides, and a revoked token is refused on it too', async () => {
  const connection = {};
  const headers = await Promise.all(
    ['alice', 'bob'].map(async (sub) => `Bearer ${await issuer.mint({ aud: RESOURCE, sub })}`),
  );
  for (const header of [...headers, ...headers, ...headers]) {
    const alone = await authenticator.authenticate(header);
    assert.equal(await authenticator.authenticate(header, connection), alone);
    assert.equal(await authenticator.authenticate(header, connection), alone);
  }
  assert.equal((await authenticator.authenticate(undefined, connection)).pass, false);
  assert.equal((await authenticator.authenticate(`${headers[1]}x`, connection)).pass, false);
  const bob = await authenticator.authenticate(headers[1], connection);
  assert.ok(bob.pass);
  authenticator.revokeCredential(bob.principal.credential);
  assert.equal((await authenticator.authenticate(headers[1], connection)).pass, false);
  assert.equal((await authenticator.authenticate(headers[0], connection)).pass, true);
});

test('a cached principal cannot be changed', async () => {
  const result = await authenticate({ scope: 'notes:read' });
  assert.ok(result.pass);
  const scopes = result.principal.scopes as Set<string>;
  assert.throws(() => scopes.add('notes:write'), TypeError);
  assert.throws(() => Object.assign(result.principal, { subject: 'root' }), TypeError);
});

test('each issuer has its own claims, and the same subject elsewhere is someone else', async () => {
  const claims = { aud: RESOURCE, sub: 'alice', azp: 'app' };
  const tenant = await authenticator.authenticate(`Bearer ${await other.mint({ ...claims, tid: 'acme' })}`);
  const second = await authenticator.authenticate(`Bearer ${await other.mint({ ...claims, tid: 'bolt' })}`);
  const plain = await authenticate({ sub: 'alice' });
  assert.ok(tenant.pass && second.pass && plain.pass);
  assert.equal(tenant.principal.tenant, 'acme');
  assert.equal(tenant.principal.client, 'app');
  assert.equal(new Set([tenant.principal.id, second.principal.id, plain.principal.id]).size, 3);
  const without = await authenticator.authenticate(`Bearer ${await other.mint(claims)}`);
  assert.ok(!without.pass);
  assert.equal(without.code, 'TOKEN_INVALID');
});

test('a resource without a path is the same with and without its slash', async () => {
  const root = createAuthenticator({ resource: 'https://mcp.example.com', issuers: [{ issuer: issuer.issuer }] });
  try {
    for (const [aud, pass] of [
      ['https://mcp.example.com', true],
      ['https://mcp.example.com/', true],
      ['https://mcp.example.com/mcp', false],
    ] as const) {
      assert.equal((await root.authenticate(`Bearer ${await issuer.mint({ aud })}`)).pass, pass, aud);
    }
  } finally {
    await root.close();
  }
});

test('a type that is allowed by option is accepted', async () => {
  const lenient = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: issuer.issuer, types: ['JWT', 'absent'], maxTokenAgeSeconds: 3600 }],
  });
  try {
    const accepts = async (claims: MintClaims, header: MintHeader): Promise<boolean> =>
      (await lenient.authenticate(`Bearer ${await issuer.mint({ aud: RESOURCE, ...claims }, header)}`)).pass;
    assert.equal(await accepts({}, { typ: 'JWT' }), true);
    assert.equal(await accepts({}, { typ: undefined }), true);
    assert.equal(await accepts({}, { typ: 'absent' }), false);
    assert.equal(await accepts({}, { typ: 'at+jwt' }), false);
    assert.equal(await accepts({ iat: seconds(), exp: seconds() + 3600 }, { typ: 'JWT' }), true);
    assert.equal(await accepts({ iat: seconds(), exp: seconds() + 3601 }, { typ: 'JWT' }), false);
  } finally {
    await lenient.close();
  }
});

test('an algorithm outside the list of the option is refused', async () => {
  const narrow = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: issuer.issuer, algorithms: ['ES256'] }],
  });
  try {
    for (const [alg, pass] of [
      ['ES256', true],
      ['RS256', false],
    ] as const) {
      const token = await issuer.mint({ aud: RESOURCE }, { alg });
      assert.equal((await narrow.authenticate(`Bearer ${token}`)).pass, pass, alg);
    }
  } finally {
    await narrow.close();
  }
});

test('a revoked credential and a revoked principal are refused, a later sign-in is not', async () => {
  const clock = { now: Date.now() };
  const guard = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: issuer.issuer }],
    now: () => clock.now,
    clockSkewSeconds: 0,
  });
  try {
    const mint = async (sub: string): Promise<string> => {
      const iat = Math.floor(clock.now / 1000);
      return `Bearer ${await issuer.mint({ aud: RESOURCE, sub, iat })}`;
    };
    const first = await mint('alice');
    const second = await mint('alice');
    const bob = await mint('bob');
    const [one, two] = [await guard.authenticate(first), await guard.authenticate(second)];
    assert.ok(one.pass && two.pass);
    guard.revokeCredential(one.principal.credential);
    assert.equal((await guard.authenticate(first)).pass, false);
    assert.equal((await guard.authenticate(second)).pass, true);
    guard.revokePrincipal(two.principal.id);
    assert.equal((await guard.authenticate(second)).pass, false);
    assert.equal((await guard.authenticate(bob)).pass, true);
    clock.now += 2000;
    assert.equal((await guard.authenticate(await mint('alice'))).pass, true);
  } finally {
    await guard.close();
  }
});

test('a cached token lapses with its expiry', async () => {
  const clock = { now: Date.now() };
  const guard = createAuthenticator({
    resource: RESOURCE,
    issuers: [{ issuer: issuer.issuer }],
    now: () => clock.now,
    clockSkewSeconds: 0,
  });
  try {
    const iat = Math.floor(clock.now / 1000);
    const header = `Bearer ${await issuer.mint({ aud: RESOURCE, iat, exp: iat + 30 })}`;
    assert.equal((await guard.authenticate(header)).pass, true);
    clock.now = (iat + 30) * 1000;
    const late = await guard.authenticate(header);
    assert.ok(!late.pass);
    assert.equal(late.code, 'TOKEN_EXPIRED');
  } finally {
    await guard.close();
  }
});

test('each weakness lets its own attack in, and no other', async () => {
  const now = seconds();
  const attacks = {
    audience: await issuer.mint({ aud: 'https://other.example' }),
    lifetime: await issuer.mint({ aud: RESOURCE, iat: now, exp: now + 86_400 }),
    validation: await issuer.mint({ aud: RESOURCE, sub: 'root' }, { alg: 'none' }),
  };
  for (const weakness of ['audience', 'lifetime', 'validation'] as const) {
    const weak = createAuthenticator({
      resource: RESOURCE,
      issuers: [{ issuer: issuer.issuer }],
      weakened: new Set([weakness]),
    });
    try {
      for (const [attack, token] of Object.entries(attacks)) {
        assert.equal((await weak.authenticate(`Bearer ${token}`)).pass, attack === weakness, `${weakness} ${attack}`);
      }
    } finally {
      await weak.close();
    }
  }
});
