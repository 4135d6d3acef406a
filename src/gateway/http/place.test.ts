import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insistOnProfile, readPlace } from './place.ts';

const GOOD: readonly (readonly [string, string, string])[] = [
  ['https://mcp.example.com/mcp', 'https://mcp.example.com', '/mcp'],
  ['https://mcp.example.com', 'https://mcp.example.com', '/'],
  ['https://mcp.example.com:443/a/b?team=7', 'https://mcp.example.com', '/a/b?team=7'],
  ['https://mcp.example.com:8443/', 'https://mcp.example.com:8443', '/'],
  ['http://127.0.0.1:3000/mcp', 'http://127.0.0.1:3000', '/mcp'],
  ['http://[::1]:3000/mcp', 'http://[::1]:3000', '/mcp'],
  ['https://localhost:3000/mcp', 'https://localhost:3000', '/mcp'],
];

test('an https URL with an exact host is read, and one of loopback', () => {
  for (const [url, origin, path] of GOOD) {
    const place = readPlace('up', { url });
    assert.deepEqual([place.origin, place.path], [origin, path], url);
  }
});

const BAD: readonly string[] = [
  '',
  '/mcp',
  'mcp.example.com/mcp',
  'ftp://mcp.example.com/',
  'http://mcp.example.com/mcp',
  'http://10.0.0.1/mcp',
  'https://10.0.0.1/mcp',
  'https://169.254.169.254/latest/',
  'https://metadata.google.internal/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'http://2130706433/',
  'http://localhost.evil.example/',
  'http://127.0.0.1.evil.example/',
  'http://127.0.0.1@evil.example/',
  'https://[::ffff:127.0.0.1]/',
  'https://127.0.0.1:3000/mcp',
  'https://intranet/mcp',
  'https://*.example.com/mcp',
  'https://user@mcp.example.com/mcp',
  'https://user:pass@mcp.example.com/mcp',
  'https://MCP.example.com/mcp',
  'https://mcp.example.com/a/../b',
  'https://mcp.example.com/a/%2e%2e/b',
  'https://mcp.example.com/mcp#part',
  'https://mcp.example.com\\@evil.example/',
  'https://mcp.example.com/m cp',
  'https://mcp.example.com/m\tcp',
  'https://\uff4dcp.example.com/mcp',
  'https://mcp.example.com:0/mcp',
  'https://mcp.example.com:99999/mcp',
  'https://mcp.example.com/mcp?api_key=abc',
  'https://mcp.example.com/mcp?x=ghp_abcdefghijklmnopqrstuvwxyz0123456789',
  'https://mcp.example.com/ghp_abcdefghijklmnopqrstuvwxyz0123456789/mcp',
  `https://mcp.example.com/${'a'.repeat(2_100)}`,
];

test('any other URL is refused, with what to mend', () => {
  for (const url of BAD)
    assert.throws(
      () => readPlace('up', { url }),
      (error) => error instanceof TypeError && error.message.startsWith('upstreams.up.url: '),
      url,
    );
});

test('private ranges are read, and no others', () => {
  const url = 'https://mcp.corp.example/mcp';
  assert.equal(readPlace('up', { url, addresses: ['10.20.0.0/16', 'fd00:1::/32'] }).ranges.length, 2);
  for (const addresses of [['127.0.0.0/8'], ['169.254.0.0/16'], ['0.0.0.0/0'], ['8.8.8.0/24'], ['10.0.0.1']])
    assert.throws(() => readPlace('up', { url, addresses }), /^TypeError: upstreams\.up\.addresses: /);
});

test('loopback is for the dev profile', () => {
  const loopback = readPlace('up', { url: 'http://127.0.0.1:3000/mcp' });
  insistOnProfile('up', loopback, 'dev');
  assert.throws(() => insistOnProfile('up', loopback, 'production'), /loopback is for the dev profile/);
  insistOnProfile('up', readPlace('up', { url: 'https://mcp.example.com/mcp' }), 'production');
});
