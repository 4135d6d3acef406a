import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readHost } from './host.ts';
import { resolveTarget, type Where } from './target.ts';

const hosts = [readHost('http(hosts)', 'api.example.com'), readHost('http(hosts)', 'files.example.com:8443')];

function hrefOf(where: Where): string {
  return resolveTarget(where, hosts).url.href;
}

test('hosts are exact names', () => {
  for (const host of ['api.example.com', 'xn--bcher-kva.example', 'a-b.c0.io:8443', 'db.corp.internal'])
    assert.equal(readHost('x', host).key, host);
  assert.equal(readHost('x', 'api.example.com:443').key, 'api.example.com');
  for (const host of [
    '*.example.com',
    'https://api.example.com',
    'API.example.com',
    'api.example.com.',
    'localhost',
    'intranet',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '1.2.3.0x7f',
    '0x7f.1',
    '[::1]',
    '::1',
    'a..b',
    '-a.example',
    'a_b.example',
    'api.example.com:0',
    'api.example.com:99999',
    'user@api.example.com',
    'b\u00fccher.example',
    'metadata.google.internal',
    '',
    7,
  ]) {
    assert.throws(() => readHost('http(hosts)', host), /^TypeError: http\(hosts\): /, String(host));
  }
});

test('a URL of a declared host is taken as it is', () => {
  assert.equal(hrefOf({ url: 'https://api.example.com' }), 'https://api.example.com/');
  assert.equal(hrefOf({ url: 'https://API.example.com/A%20b?q=1#part' }), 'https://api.example.com/A%20b?q=1');
  assert.equal(hrefOf({ url: 'https://api.example.com:443/x' }), 'https://api.example.com/x');
  assert.equal(hrefOf({ url: 'https://files.example.com:8443/a/...b/c' }), 'https://files.example.com:8443/a/...b/c');
  assert.equal(hrefOf({ url: 'https://api.example.com/\u00e9' }), 'https://api.example.com/%C3%A9');
});

test('parts are put together so that no value leaves its place', () => {
  assert.equal(
    hrefOf({
      host: 'api.example.com',
      path: ['users', 'a/../b?c#d', 7],
      query: { q: 'x&y=z', n: 1, all: [true, 'b'], no: undefined },
    }),
    'https://api.example.com/users/a%2F..%2Fb%3Fc%23d/7?q=x%26y%3Dz&n=1&all=true&all=b',
  );
  assert.equal(hrefOf({ host: 'files.example.com:8443', path: '/a//b' }), 'https://files.example.com:8443/a//b');
  assert.equal(resolveTarget({ path: '/x' }, hosts.slice(0, 1)).url.href, 'https://api.example.com/x');
  assert.equal(hrefOf({ url: 'https://api.example.com/x?a=1', query: { b: 2 } }), 'https://api.example.com/x?a=1&b=2');
});

const REFUSED: readonly Where[] = [
  ...[
    'http://api.example.com/',
    'ftp://api.example.com/',
    '//api.example.com/',
    '/path',
    '',
    'https:api.example.com',
    'https:/api.example.com',
    'https:///api.example.com',
    ' https://api.example.com',
    'https://api.example.com ',
    'https://api.example.com./',
    'https://.api.example.com/',
    'https://other.example.com/',
    'https://api.example.com:8443/',
    'https://api.example.com:0443/',
    'https://api.example.com:/',
    'https://files.example.com/',
    'https://files.example.com:443/',
    'https://user@api.example.com/',
    'https://user:pass@api.example.com/',
    'https://api.example.com@evil.example/',
    'https://api.example.com:443@evil.example/',
    'https://api.example.com\\@evil.example/',
    'https://evil.example\\.api.example.com/',
    'https://evil.example#.api.example.com/',
    'https://evil.example?.api.example.com/',
    'https://api.example.com.evil.example/',
    'https://apiXexample.com/',
    'https://api\u3002example\u3002com/',
    'https://\uff41pi.example.com/',
    'https://api.ex\u00adample.com/',
    'https://api%2eexample.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[fe80::1%25eth0]/',
    'https://api.example.com/a b',
    'https://api.example.com/a\tb',
    'https://api.example.com/\r\nHost: evil.example',
    'https://api.example.com/a\\b',
    'https://api.example.com/a/../b',
    'https://api.example.com/a/%2e%2E/b',
    'https://api.example.com/.',
    'https://api.example.com/a/.%2e',
    `https://api.example.com/${'a'.repeat(9000)}`,
  ].map((url) => ({ url })),
  { host: 'evil.example', path: '/' },
  { host: 'api.example.com:443', path: '/' },
  { path: '/' },
  { host: 'api.example.com', path: 'x' },
  { host: 'api.example.com', path: '/x?y' },
  { host: 'api.example.com', path: '/x#y' },
  { host: 'api.example.com', path: '/a/../b' },
  { host: 'api.example.com', path: ['a', '..'] },
  { host: 'api.example.com', path: ['a', '.'] },
  { host: 'api.example.com', path: ['a', ''] },
  { host: 'api.example.com', url: 'https://api.example.com/' },
];

test('anything else is refused', () => {
  for (const where of REFUSED) {
    assert.throws(() => hrefOf(where), { name: 'HttpError' }, JSON.stringify(where));
  }
});

test('whatever passes is on a declared host, for this parser and for a plain one', () => {
  const piece = fc.constantFrom(
    'https://',
    'api.example.com',
    'evil.example',
    '@',
    ':',
    '443',
    '/',
    '\\',
    '?',
    '#',
    '..',
    '%2f',
    '\t',
    '.',
    '[',
    ']',
    'a',
  );
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
    fc.array(piece, { maxLength: 8 }).map((parts) => `https://api.example.com${parts.join('')}`),
    fc.webUrl({ withQueryParameters: true }),
  );
  fc.assert(
    fc.property(texts, (url) => {
      let href: string;
      try {
        href = hrefOf({ url });
      } catch {
        return;
      }
      assert.match(href, /^https:\/\/(?:api\.example\.com|files\.example\.com:8443)\//);
      assert.match(url, /^https:\/\/(?:api\.example\.com|files\.example\.com:8443)(?::443)?(?:[/?#]|$)/i);
    }),
    { numRuns: 2000 },
  );
});
