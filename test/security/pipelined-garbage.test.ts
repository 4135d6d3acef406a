import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { content, jsonSchema, serveHttp, server, tool, type Host } from '../../src/index.ts';
import { insecureWithoutAuthentication } from '../../src/insecure.ts';

const definition = server({
  name: 'slow',
  version: '1.0.0',
  insecure: [insecureWithoutAuthentication],
  tools: [
    tool({
      name: 'work',
      description: 'Says that it has begun, and later that it is done.',
      input: jsonSchema<object>({ type: 'object', properties: {}, additionalProperties: false }),
      output: content('text'),
      scope: 'work:do',
      effect: 'read',
      async run(_, { progress, signal }) {
        progress(1, 2);
        await wait(50, undefined, { signal });
        return [{ type: 'text', text: 'done' }];
      },
    }),
  ],
});

function request({ settings }: Host, progressToken: string | undefined): string {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    ...(progressToken === undefined ? {} : { progressToken }),
  };
  const params = { name: 'work', arguments: {}, _meta: meta };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const lines = [
    'POST /mcp HTTP/1.1',
    `Host: 127.0.0.1:${settings.http?.port ?? 0}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2026-07-28',
    'Mcp-Method: tools/call',
    'Mcp-Name: work',
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Everything that the server writes until it closes the connection. */
function whole(host: Host, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: host.settings.http?.port ?? 0, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

const GARBAGE = 'no http at all\r\n\r\n';

test('garbage behind a request costs it nothing: its answer comes whole, and nothing else does', async () => {
  const host = await serveHttp(definition, { profile: 'dev', http: { port: 0 } });
  try {
    const plain = await whole(host, request(host, undefined) + GARBAGE);
    assert.match(plain, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(plain.endsWith('}'), plain);
    assert.match(plain, /"text":"done"/);
    assert.equal(plain.split('HTTP/1.1').length, 2, 'one answer');
    const streamed = await whole(host, request(host, 'p') + GARBAGE);
    assert.match(streamed, /^HTTP\/1\.1 200 OK\r\n[^]*notifications\/progress[^]*"text":"done"/);
    assert.ok(streamed.endsWith('\r\n0\r\n\r\n'), 'the stream ends as a stream');
    assert.equal(streamed.split('HTTP/1.1').length, 2, 'nothing is written into the stream');
  } finally {
    await host.close();
  }
});

test('garbage alone is told so, and a request that never comes whole does not hold its connection', async () => {
  const host = await serveHttp(definition, { profile: 'dev', http: { port: 0 } });
  try {
    assert.match(await whole(host, GARBAGE), /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
    const short = request(host, undefined).replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
    assert.match(await whole(host, short), /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
  } finally {
    await host.close();
  }
});
