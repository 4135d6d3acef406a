import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { allLines, event, linesOf, open, temporary } from '../../test/record/fixture.ts';
import { redactPatterns } from './patterns.ts';
import { createRedactor } from './redact.ts';
import { createRegistry } from './registry.ts';

const PATTERNS: readonly [string, string][] = [
  ['Authorization: Bearer abcdefghijklmnop', 'Authorization: [redacted]'],
  ['got "authorization":"DPoP abc", next', 'got "authorization":[redacted]'],
  ['refused bearer abc.def-ghi_jkl today', 'refused bearer [redacted] today'],
  ['Basic dXNlcjpwYXNzd29yZA== was sent', 'Basic [redacted] was sent'],
  ['Cookie: sid=1; theme=dark', 'Cookie: [redacted]'],
  ['token eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln.', 'token [redacted]'],
  ['at eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', 'at [redacted]'],
  ['next=x%3DeyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln', 'next=x%3D[redacted]'],
  ['https://user:p4ss@host/path', 'https://[redacted]@host/path'],
  ['redis://:p4ss@host:6379', 'redis://[redacted]@host:6379'],
  ['GET /cb?code=SplxlOBeZQQ&state=xyz', 'GET /cb?code=[redacted]&state=xyz'],
  ['access_token=abc&refresh_token=def&scope=a', 'access_token=[redacted]&refresh_token=[redacted]&scope=a'],
  ['{"client_secret":"a b\\"c","x":1}', '{"client_secret":[redacted],"x":1}'],
  ['{"code":"abc","status":400}', '{"code":[redacted],"status":400}'],
  [String.raw`{"m":"{\"password\":\"a b\",\"y\":2}"}`, String.raw`{"m":"{\"password\":[redacted],\"y\":2}"}`],
  ['dbPassword: hunter2', 'dbPassword: [redacted]'],
  ['client_secret="never closed', 'client_secret=[redacted]'],
  ['password="ends in a backslash\\', 'password=[redacted]'],
  ["API_KEY='a b'", 'API_KEY=[redacted]'],
  ['x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\ny', 'x\n[redacted]\ny'],
  ['-----BEGIN PRIVATE KEY-----\\nMIIE cut', '[redacted]'],
  ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
  ['ghp_0123456789abcdefghijABCDEFGHIJ012345', '[redacted]'],
  ['use sk-ant-0123456789abcdefghij now', 'use [redacted] now'],
  ['xoxb-1234567890-abcdef', '[redacted]'],
  ['AIzaSyA0123456789abcdefghijklmnopqrstuv', '[redacted]'],
];

test('what looks like a credential is taken out, its name stays', () => {
  for (const [text, expected] of PATTERNS) assert.equal(redactPatterns(text), expected, text);
});

test('what only sounds like one stays', () => {
  for (const text of [
    'error code: 401, token expired',
    'the audience does not match https://notes.example/mcp',
    'a risk-assessment-of-everything and task-based-everything-here',
    'tools/call of search_notes was refused: key order',
  ]) {
    assert.equal(redactPatterns(text), text);
  }
});

test('no text of one kind of character makes the patterns slow: work grows as the text does', () => {
  // Counted in one pass over 200,000 characters: quadratic time would be minutes.
  const shapes = [
    'eyJ',
    'eyJaaaaaaa.',
    ':',
    '://',
    '://a',
    'password=',
    'password="',
    '\\',
    '"\\',
    'secret\\',
    'sk-',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'bearer ',
    'authorization',
    ' ',
    '%3D',
    'xoxb-',
    "pwd='",
  ];
  for (const shape of shapes) redactPatterns(`token ${shape.repeat(200_000 / shape.length)}`);
});

const secrets = fc.oneof(
  fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme' }),
  fc.string({ minLength: 8, maxLength: 60, unit: 'binary' }),
  fc.stringMatching(/^[A-Za-z0-9+/=_-]{8,50}$/),
);
const around = fc.string({ maxLength: 30 });

const ENCODINGS: readonly (readonly [string, (secret: string) => string])[] = [
  ['itself', (secret) => secret],
  ['base64', (secret) => Buffer.from(secret).toString('base64')],
  ['base64 without padding', (secret) => Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ['base64url', (secret) => Buffer.from(secret).toString('base64url')],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['upper-case hex', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['URL component', (secret) => encodeURIComponent(secret.toWellFormed())],
  [
    'URL component, strict',
    (secret) =>
      encodeURIComponent(secret.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
  ],
  ['form', (secret) => new URLSearchParams([['k', secret]]).toString().slice(2)],
  ['JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['JSON in JSON', (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ['URL in a URL', (secret) => encodeURIComponent(encodeURIComponent(secret.toWellFormed()))],
  ['base64 of base64', (secret) => Buffer.from(Buffer.from(secret).toString('base64')).toString('base64')],
  ['base64 of UTF-16', (secret) => Buffer.from(secret, 'utf16le').toString('base64')],
  ['hex of UTF-16', (secret) => Buffer.from(secret, 'utf16le').toString('hex')],
  ['JSON of a buffer', (secret) => JSON.stringify(Buffer.from(secret)).slice(24, -2)],
  ['inspected buffer', (secret) => (Buffer.from(secret).toString('hex').match(/../g) ?? []).join(' ')],
  ['markup', (secret) => secret.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)],
];

test('a remembered secret never comes out, in any encoding, whatever stands around it', () => {
  fc.assert(
    fc.property(secrets, around, around, fc.constantFrom(...ENCODINGS), (secret, before, after, [, encode]) => {
      const redactor = createRedactor();
      redactor.remember(secret);
      const given = encode(secret);
      fc.pre(!before.includes(given) && !after.includes(given) && !'[secret][redacted]'.includes(given));
      assert.ok(!redactor.redact(before + given + after).includes(given));
    }),
    { numRuns: 2000 },
  );
});

test('a remembered secret does not come out of the middle of a longer base64 text', () => {
  const basic = fc.string({ maxLength: 9 });
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9]{8,40}$/), basic, basic, (secret, before, after) => {
      const registry = createRegistry();
      registry.remember(secret);
      for (const encoding of ['base64', 'base64url'] as const) {
        const out = registry.replace(Buffer.from(before + secret + after).toString(encoding), 10_000);
        assert.ok(!Buffer.from(out.replace(/\[.*/, ''), encoding).toString().includes(secret));
        assert.match(out, /\[secret\]/);
      }
    }),
  );
});

test('base32 is known, at every alignment', () => {
  // Of RFC 4648 section 10, and by coreutils: printf '%s' ... | base32
  const registry = createRegistry();
  registry.remember('foobar');
  for (const text of ['MZXW6YTBOI======', 'MZXW6YTBOI', 'mzxw6ytboi'])
    assert.doesNotMatch(registry.replace(text, 100), /xw6ytb/i, text);
  registry.remember('correct horse battery');
  for (const [before, text] of [
    ['', 'MNXXE4TFMN2CA2DPOJZWKIDCMF2HIZLSPE======'],
    ['x', 'PBRW64TSMVRXIIDIN5ZHGZJAMJQXI5DFOJ4Q===='],
    ['xy', 'PB4WG33SOJSWG5BANBXXE43FEBRGC5DUMVZHS==='],
    ['xyz', 'PB4XUY3POJZGKY3UEBUG64TTMUQGEYLUORSXE6I='],
    ['wxyz', 'O54HS6TDN5ZHEZLDOQQGQ33SONSSAYTBOR2GK4TZ'],
  ] as const) {
    assert.match(registry.replace(text, 100), /^[A-Z2-7]{0,8}\[secret\][A-Z2-7]?=*$/, before);
  }
});

test('secrets that overlap leave nothing of either', () => {
  const registry = createRegistry();
  registry.remember('abcdefgh');
  registry.remember('efghijkl');
  registry.remember('cdefgh');
  assert.equal(registry.replace('>abcdefghijkl<', 100), '>[secret]<');
});

test('a secret across the limit is recognised', () => {
  const registry = createRegistry();
  registry.remember('abcdefgh');
  assert.equal(registry.replace(`0123abcdefgh${'9'.repeat(100)}`, 6), '0123[secret]');
  assert.equal(registry.replace('012345abcdefgh9', 6), '012345');
});

test('a secret is forgotten when the last who remembers it lets go', () => {
  const registry = createRegistry();
  const [first, second] = [registry.remember('abcdefgh'), registry.remember('abcdefgh')];
  first();
  first();
  assert.equal(registry.replace('abcdefgh', 100), '[secret]');
  const { version } = registry;
  second();
  assert.notEqual(registry.version, version);
  assert.equal(registry.replace('abcdefgh', 100), 'abcdefgh');
  assert.throws(() => registry.remember('short'), TypeError);
});

test('no text field of a record lets a remembered secret through, though it was written before', async (t) => {
  const directory = temporary(t);
  const redactor = createRedactor();
  const log = await open(t, directory, { redactor });
  const secret = 'S3cret/with+signs=and spaces';
  const fields = {
    method: secret,
    target: secret,
    client: secret,
    tenant: secret,
    trace: secret,
    principal: secret,
    args: secret,
  };
  const texts = {
    detail: `${'x'.repeat(490)}${secret}`,
    before: encodeURIComponent(secret),
    after: Buffer.from(secret).toString('base64'),
    scopes: [secret],
  };
  await log.append(event(0, { target: secret }));
  redactor.remember(secret);
  await log.append(event(1, { ...fields, ...texts }));
  const line = linesOf(join(directory, 'segment-000000000000.jsonl'))[1] ?? '';
  for (const [, encode] of ENCODINGS) assert.ok(!line.includes(encode(secret)));
  assert.equal(line.match(/\[secret\]/g)?.length, 11);
});

test('a detail is cut at 500 characters after what is secret in it was taken out', async (t) => {
  const directory = temporary(t);
  const redactor = createRedactor();
  redactor.remember('abcdefghijklmnop');
  const log = await open(t, directory, { redactor });
  await log.append(event(0, { detail: `${'y'.repeat(495)}abcdefghijklmnop` }));
  const [line = ''] = allLines(directory);
  assert.equal(Object(JSON.parse(line)).detail, `${'y'.repeat(495)}[secr`);
});
