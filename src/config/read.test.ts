import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from './problem.ts';
import { parseConfig } from './read.ts';

/** The lines that a text is refused with. */
function faults(text: string): readonly string[] {
  try {
    parseConfig(text, 'p.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a whole file is read', () => {
  const { config } = parseConfig(
    [
      'profile: production',
      'http: {port: 8443, publicUrl: "https://notes.example.com/mcp", tls: {cert: a.pem, key: b.pem}}',
      'auth:',
      '  clockSkewSeconds: 5',
      '  issuers:',
      '    - {issuer: "https://login.example.com", algorithms: [ES256]}',
      'eras: [modern]',
      'limits: {perMinutePrincipal: 60}',
      'store: {kind: memory}',
      'audit: {directory: log, origin: notes.example.com/audit, key: audit.key}',
      'keys: {file: root.keys}',
      'sources: {notes: {file: notes.db, schema: schema.sql}}',
    ].join('\n'),
    'p.yaml',
  );
  assert.equal(config.profile, 'production');
  assert.equal(config.http?.port, 8443);
  assert.deepEqual(config.auth?.issuers[0]?.algorithms, ['ES256']);
  assert.equal(config.limits?.perMinutePrincipal, 60);
  assert.equal(config.sources?.['notes']?.schema, 'schema.sql');
});

test('a misspelt key is refused where it stands, and the nearest one is named', () => {
  assert.deepEqual(faults('profile: dev\nhttp:\n  prot: 3000\n'), [
    'p.yaml:3:3: http.prot: there is no such key. Did you mean "port"?',
  ]);
  assert.deepEqual(faults('profile: dev\nauth:\n  issuers:\n    - issuer: https://a.example\n      jwksURL: x\n'), [
    'p.yaml:5:7: auth.issuers[0].jwksURL: there is no such key. Did you mean "jwksUri"?',
  ]);
  assert.deepEqual(faults('profile: dev\nlimits: {bodyByte: 3}'), [
    'p.yaml:2:10: limits.bodyByte: there is no such key. Did you mean "bodyBytes"?',
  ]);
});

test('a source is an SQLite file or a PostgreSQL database, and holds no password', () => {
  const { config } = parseConfig(
    'profile: dev\nsources:\n  desk: {postgres: {host: db.example.com, database: desk, user: tools, password: desk, tls: true}}\n',
    'p.yaml',
  );
  assert.deepEqual(config.sources?.['desk'], {
    postgres: { host: 'db.example.com', database: 'desk', user: 'tools', password: 'desk', tls: true },
  });
  assert.deepEqual(faults('profile: dev\nsources: {desk: {file: a.db, postgres: {database: desk, user: tools}}}'), [
    'p.yaml:2:17: sources.desk: has not the right form. A database for sql(name, ...): an SQLite file (file, schema) or postgres, not both.',
  ]);
  assert.deepEqual(faults('profile: dev\nsources: {desk: {postgres: {database: desk, usr: x, user: tools}}}'), [
    'p.yaml:2:45: sources.desk.postgres.usr: there is no such key. Did you mean "user"?',
  ]);
});

test('every fault is told at once, in the order of the file', () => {
  assert.deepEqual(
    faults('profile: prod\nhttp:\n  port: "80"\n  host: 7\n').map((line) => line.slice(0, 27)),
    ['p.yaml:1:10: profile: must ', 'p.yaml:3:9: http.port: must', 'p.yaml:4:9: http.host: must'],
  );
});

for (const [what, text, line] of [
  ['an empty file', '', 'p.yaml:1:1: the file is empty.'],
  ['a list', '- a', 'p.yaml:1:1: the file: must be a group of keys, not a list.'],
  ['a missing key', 'http: {}', 'p.yaml:1:1: profile: missing.'],
  ['a value of the wrong type', 'profile: dev\nhttp: {port: 3.5}', 'p.yaml:2:14: http.port: must be a whole number'],
  ['a value out of range', 'profile: dev\nhttp: {port: 70000}', 'p.yaml:2:14: http.port: must be at most 65535.'],
  ['an empty list', 'profile: dev\nauth: {issuers: []}', 'p.yaml:2:17: auth.issuers: must not be empty.'],
  ['a duplicate key', 'profile: dev\nprofile: production', 'p.yaml:2:1: this key is there twice.'],
  ['an anchor', 'profile: &p dev', 'p.yaml:1:13: anchors (&name) are refused.'],
  ['an alias', 'profile: *p', 'p.yaml:1:10: aliases (*name) are refused.'],
  ['a tag', 'profile: !!js/function dev', 'p.yaml:1:10: tags (!name) are refused.'],
  ['a merge key', 'profile: dev\n<<: {http: {}}', 'p.yaml:2:1: <<: there is no such key.'],
  ['a second document', 'profile: dev\n---\nprofile: dev', 'p.yaml:2:1: a second document begins here.'],
  ['a tab', 'profile: dev\nhttp:\n\tport: 1', 'p.yaml:3:1: a tab indents this line.'],
  ['a list as a key', 'profile: dev\n? [a]\n: 1', 'p.yaml:2:3: this cannot be a key.'],
  ['__proto__', 'profile: dev\nlimits: {__proto__: 1}', 'p.yaml:2:10: this cannot be a key.'],
  ['constructor', 'profile: dev\nconstructor: 1', 'p.yaml:2:1: constructor: there is no such key.'],
  ['a bad source name', 'profile: dev\nsources:\n  "../x": {}', 'p.yaml:3:3: sources.../x: this name cannot be used.'],
] as const) {
  test(`${what} is refused with its place`, () => {
    const [first = 'nothing'] = faults(text);
    assert.ok(first.startsWith(line), first);
  });
}

test('a file of aliases that would grow to gigabytes is refused as it stands', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i += 1)
    bomb.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
  const found = faults(bomb.join('\n'));
  assert.ok(found.length > 0 && found.length <= 20, String(found.length));
});

test('a file longer than 256 Ki characters is refused unread', () => {
  assert.deepEqual(faults(`profile: dev\n#${'x'.repeat(256 * 1024)}`), [
    'p.yaml:1:1: the file is longer than 262144 characters.',
  ]);
});

test('whatever the text, it is a configuration or it is refused with places', () => {
  const piece = fc.constantFrom(
    'profile: dev',
    'http:',
    '  port: 1',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a',
    '*a',
    '!!',
    '|',
    ':',
    '"',
    ' ',
    '#',
    '__proto__',
    '\u2028',
    '\t',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const line of faults(text)) assert.match(line, /^p\.yaml:[1-9]\d*:[1-9]\d*: [\x20-\x7e]+$/);
    }),
    { numRuns: 500 },
  );
});
