import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDenied, matchesGlob } from './denied-names.ts';
import { parsePath } from './path.ts';

const RULES = { maxDepth: 4, denied: createDenied(['*.bak'], ['.well-known']) };
const parse = (path: unknown): readonly string[] => parsePath(path, RULES);
const REFUSED = { name: 'PublicError', reason: 'refused' };

test('plain paths are taken apart', () => {
  for (const [path, names] of [
    ['', []],
    ['.', []],
    ['may.txt', ['may.txt']],
    ['a/b/c/d', ['a', 'b', 'c', 'd']],
    ['M\u00e4rz 2026/100% sicher.txt', ['M\u00e4rz 2026', '100% sicher.txt']],
    ['\u{1f468}\u200d\u{1f4bb}.txt', ['\u{1f468}\u200d\u{1f4bb}.txt']],
    ['\uff21\uff22\uff23.txt', ['\uff21\uff22\uff23.txt']],
    ['a\u2026b', ['a\u2026b']],
    ['.well-known/x', ['.well-known', 'x']],
    ["it's (1) [2] {3} $x;y&z|!#@,=+~.txt", ["it's (1) [2] {3} $x;y&z|!#@,=+~.txt"]],
  ] as const)
    assert.deepEqual(parse(path), names, path);
});

test('every other spelling is refused', () => {
  const paths = [
    '..',
    '../a',
    'a/..',
    'a/../b',
    './a',
    'a/.',
    'a/./b',
    'a//b',
    '/',
    '/a',
    'a/',
    '//server/share',
    '\\a',
    'a\\..\\b',
    '\\\\server\\share',
    'C:a',
    'C:\\a',
    'c:/a',
    'a.txt:stream',
    'a::$DATA',
    'file:///a',
    'a\0',
    'a\0.png',
    'a\n',
    'a\rb',
    'a\tb',
    'a\u001b[31m',
    'a\u0085',
    '%2e%2e/a',
    '%2E',
    '..%2fa',
    '..%252fa',
    '%u002e',
    '%c0%ae',
    '%%32%65',
    '\u2024\u2024/a',
    '\u2025',
    '\uff0e\uff0e/a',
    'a\uff0fb',
    'a\uff3cb',
    'a\u2215b',
    'a\u2044b',
    'a\ufe55b',
    'a\u202etxt.exe',
    'a\u200bb',
    '\u2066a',
    'a\ufeff',
    'a\u00ad',
    'a\u{e0041}',
    '\ud800',
    'a\udc00b',
    'a\u0308',
    '\u212b',
    'e\u0301.txt',
    'a.',
    'a ',
    'a...',
    '.. ',
    ' a',
    'a/ /b',
    'a\u00a0',
    '\u3000',
    'con',
    'NUL.txt',
    'aux.tar.gz',
    'COM1',
    'lpt9.log',
    'com\u00b9',
    'CONIN$',
    '\uff23\uff2f\uff2e',
    '.env',
    '.ENV',
    'a/.git/config',
    '.ssh/id',
    'x.PEM',
    'server.key',
    'id_rsa.pub',
    '\uff0eenv',
    'x.\uff50em',
    'credentials',
    'Secrets.yaml',
    'old.bak',
    'root.keys',
    '.portcullis-0123',
    'a/b/c/d/e',
    'a'.repeat(256),
    '\u00e4'.repeat(128),
    'a/'.repeat(3000),
  ];
  for (const path of paths) assert.throws(() => parse(path), REFUSED, JSON.stringify(path));
  for (const path of [undefined, null, 7, {}, ['a'], new String('a')]) assert.throws(() => parse(path), REFUSED);
});

test('what is taken has one meaning: joined it stays under the root, and decoded or folded it is no other path', () => {
  const hostile = fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    '%2e',
    '%',
    '\0',
    ':',
    ' ',
    '\uff0e',
    '\u2024',
    '\u200b',
    'a',
    '~',
  );
  const path = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(hostile, { maxLength: 12 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(path, (given) => {
      let names: readonly string[];
      try {
        names = parse(given);
      } catch {
        return;
      }
      for (const name of names) {
        for (const form of [name, name.normalize('NFKC'), decoded(name)]) {
          assert.doesNotMatch(form, /[/\\:\0]/);
          assert.doesNotMatch(form, /^\.*$/);
        }
      }
      if (names.length > 0) assert.equal(names.join('/'), given);
    }),
    { numRuns: 1_000 },
  );
});

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

test('globs match whole names', () => {
  for (const [glob, name, matches] of [
    ['*', '', true],
    ['*.pem', 'a.pem', true],
    ['*.pem', 'a.pem.txt', false],
    ['*.tfstate.*', 'a.tfstate.1', true],
    ['.*', '.env', true],
    ['.*', 'env', false],
    ['?', 'ab', false],
    ['a*b*c', 'aXbXbc', true],
    ['a*b*c', 'aXbXb', false],
  ] as const)
    assert.equal(matchesGlob(glob, name), matches, `${glob} ${name}`);
  assert.equal(matchesGlob(`${'*a'.repeat(40)}b`, 'a'.repeat(255)), false);
});
