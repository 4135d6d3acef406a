import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importClient, type Imported } from './import.ts';

const read = (entry: object): Imported => importClient(JSON.stringify({ mcpServers: { one: entry } }));
const URL_ = 'https://mcp.example.com/mcp';

test('a URL is taken over, by whatever name a client gives it', () => {
  for (const entry of [
    { url: URL_ },
    { type: 'http', url: URL_ },
    { type: 'streamable-http', url: URL_ },
    { type: 'streamableHttp', url: URL_ },
    { serverUrl: URL_ },
  ])
    assert.deepEqual(read(entry), { upstreams: { one: { url: URL_ } }, secrets: {}, floating: {}, left: [] });
});

test('a credential becomes a secret, and stands nowhere else', () => {
  const cases: readonly (readonly [Record<string, string>, object, string])[] = [
    [{ Authorization: 'Bearer abc.def-1' }, { kind: 'secret', secret: 'one-authorization' }, 'abc.def-1'],
    [
      { authorization: 'Basic YTpi' },
      { kind: 'secret', secret: 'one-authorization', header: 'authorization', scheme: 'Basic' },
      'YTpi',
    ],
    [{ Authorization: 'abc' }, { kind: 'secret', secret: 'one-authorization', header: 'authorization' }, 'abc'],
    [{ 'X-API-Key': 'k1' }, { kind: 'secret', secret: 'one-x-api-key', header: 'x-api-key' }, 'k1'],
    [
      { 'X-Custom': 'ghp_abcdefghijklmnopqrstuvwxyz0123456789' },
      { kind: 'secret', secret: 'one-x-custom', header: 'x-custom' },
      'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
    ],
    [{ 'X-Custom': '${input:x}' }, { kind: 'secret', secret: 'one-x-custom', header: 'x-custom' }, '${input:x}'],
    [{ Authorization: 'Bearer ${input:token}' }, { kind: 'secret', secret: 'one-authorization' }, '${input:token}'],
  ];
  for (const [headers, credential, value] of cases) {
    const { upstreams, secrets, left } = read({ url: URL_, headers });
    assert.deepEqual(upstreams, { one: { url: URL_, credential } });
    assert.deepEqual(Object.values(secrets), [value]);
    assert.deepEqual(left, []);
  }
});

test('two servers have two secrets, and what is no credential is named and not sent', () => {
  const headers = { Authorization: 'Bearer a', 'X-Tenant': 'eu' };
  const { secrets, left } = importClient(
    JSON.stringify({ servers: { a: { url: URL_, headers }, 'a!': { url: URL_, headers } } }),
  );
  assert.deepEqual(Object.keys(secrets), ['a-authorization', 'a-2-authorization']);
  assert.deepEqual(left, [
    'a: its header X-Tenant: only a credential is sent',
    'a!: its header X-Tenant: only a credential is sent',
  ]);
});

const LEFT: readonly (readonly [object, RegExp])[] = [
  [{ url: 'https://mcp.example.com/sse', type: 'sse' }, /^one: it speaks the SSE transport of 2024-11-05/],
  [{ url: 'wss://mcp.example.com', type: 'websocket' }, /^one: its type "websocket" is none that is known$/],
  [{ url: 'wss://mcp.example.com' }, /^one: its URL cannot be taken: give an absolute URL/],
  [{ url: 'http://mcp.example.com/mcp' }, /^one: its URL cannot be taken: give https/],
  [{ url: 'https://mcp.example.com/mcp?token=abc' }, /^one: its URL cannot be taken: it holds a credential/],
  [{ url: 'https://ann:hunter2@mcp.example.com/mcp' }, /^one: its URL cannot be taken: it holds a user/],
  [{ url: 'https://${input:host}/mcp' }, /^one: its URL holds a variable of the client/],
  [
    { url: URL_, headers: { Authorization: 'Bearer a', 'X-Api-Key': 'b' } },
    /^one: it is sent several credentials \(Authorization, X-Api-Key\)/,
  ],
  [{ url: URL_, disabled: true }, /^one: it is disabled$/],
];

test('what cannot be taken over is left out with the reason, and without its credential', () => {
  for (const [entry, expected] of LEFT) {
    const { upstreams, secrets, left } = read(entry);
    assert.deepEqual([upstreams, secrets], [{}, {}]);
    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', expected);
    assert.doesNotMatch(left[0] ?? '', /hunter2|token=abc/);
  }
});
