import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { resource, serveHttp, server, type Host } from '../../src/index.ts';
import { insecureWithoutAuthentication } from '../../src/insecure.ts';

const definition = server({
  name: 'notes',
  version: '1.0.0',
  insecure: [insecureWithoutAuthentication],
  resources: [
    resource({
      name: 'note',
      uriTemplate: 'notes://note/{id}',
      scope: 'notes:read',
      params: z.strictObject({ id: z.string().max(8) }),
      authorize: ({ id }) => id !== 'theirs',
      read: ({ id }) => (id === 'mine' ? { text: 'Mine.' } : undefined),
    }),
  ],
});

async function read({ url }: Host, uri: string): Promise<string> {
  const response = await fetch(url ?? '', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'resources/read',
      'Mcp-Name': uri,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'resources/read',
      params: {
        uri,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });
  const text = await response.text();
  return `${response.status} ${text.replace(uri, 'URI').replace(/"request":"[\w-]{22}"/, '"request":"ID"')}`;
}

test('a resource that is hidden reads as one that does not exist, to the last byte', async () => {
  const host = await serveHttp(definition, { profile: 'dev', http: { port: 0 } });
  try {
    assert.match(await read(host, 'notes://note/mine'), /^200 .*"text":"Mine\."/);
    const expected =
      '200 {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Resource not found.",' +
      '"data":{"uri":"URI","code":"RESOURCE_UNKNOWN","request":"ID"}}}';
    for (const uri of ['notes://note/theirs', 'notes://note/nobodys', 'notes://note/too-long-an-id', 'other://thing'])
      assert.equal(await read(host, uri), expected, uri);
  } finally {
    await host.close();
  }
});
