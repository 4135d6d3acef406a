import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { legacyServer } from '../../../test/support/legacy-server.ts';
import type { Deployment } from '../deployment.ts';
import { serveStream } from '../host.ts';

interface Wire {
  readonly send: (message: unknown) => void;
  /** The next message from the server. */
  readonly next: () => Promise<Record<string, unknown>>;
  readonly done: readonly string[];
  /** Ends the input and waits for the server to stop. */
  readonly end: () => Promise<void>;
}

async function withStream(work: (wire: Wire) => Promise<void>, deployment: Partial<Deployment> = {}): Promise<void> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const done: string[] = [];
  const host = await serveStream(
    legacyServer((event) => done.push(event)),
    { profile: 'dev', ...deployment },
    input,
    output,
  );
  const lines: Record<string, unknown>[] = [];
  const waiting: ((line: Record<string, unknown>) => void)[] = [];
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = JSON.parse(part) as Record<string, unknown>;
      const waiter = waiting.shift();
      if (waiter === undefined) lines.push(line);
      else waiter(line);
    }
  });
  const end = async (): Promise<void> => {
    input.end();
    await host.ended;
  };
  try {
    await work({
      send: (message) => input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
      next: () => {
        const line = lines.shift();
        return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
      },
      done,
      end,
    });
  } finally {
    await end();
    await host.close();
    assert.deepEqual(lines, [], 'nothing else was written');
    assert.equal(rest, '');
  }
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'test', version: '1' },
  },
};
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

function call(id: number, name: string, more: object = {}): unknown {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {}, ...more } };
}

test('initialize opens the session; both eras share the stream from then on', () =>
  withStream(async ({ send, next }) => {
    send(INITIALIZE);
    const opened = await next();
    assert.equal(opened['id'], 0);
    const { protocolVersion, serverInfo } = opened['result'] as Record<string, unknown>;
    assert.equal(protocolVersion, '2025-06-18');
    assert.deepEqual(serverInfo, { name: 'legacy-notes', version: '1.0.0', title: 'Notes' });
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    send(call(1, 'erase'));
    assert.deepEqual(await next(), {
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: 'erased' }] },
    });
    send(call(2, 'erase', { _meta: META }));
    const modern = await next();
    assert.equal((modern['result'] as Record<string, unknown>)['resultType'], 'complete');
    send(INITIALIZE);
    assert.equal(((await next())['error'] as { code: number }).code, -32600);
  }));

test('without a session there is no legacy era', () =>
  withStream(async ({ send, next }) => {
    send(call(1, 'erase'));
    assert.equal(((await next())['error'] as { code: number }).code, -32602);
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    send({ jsonrpc: '2.0', id: 'ask-1', result: {} });
    send({ jsonrpc: '2.0', id: 2, method: 'ping' });
    assert.equal((await next())['id'], 2);
  }));

test('without the era, initialize is refused', () =>
  withStream(
    async ({ send, next }) => {
      send(INITIALIZE);
      assert.ok(Object.hasOwn(await next(), 'error'));
    },
    { eras: ['modern'] },
  ));

test('progress, log lines and the answer come in their order', () =>
  withStream(async ({ send, next }) => {
    send(INITIALIZE);
    await next();
    send({ jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level: 'info' } });
    assert.deepEqual((await next())['result'], {});
    send(call(2, 'work', { _meta: { progressToken: 'p' } }));
    assert.deepEqual((await next())['params'], { progressToken: 'p', progress: 1, total: 2, message: 'half' });
    assert.equal((await next())['method'], 'notifications/message');
    assert.deepEqual((await next())['params'], { progressToken: 'p', progress: 2, total: 2 });
    assert.equal((await next())['id'], 2);
    send({ jsonrpc: '2.0', id: 3, method: 'logging/setLevel', params: { level: 'error' } });
    await next();
    send(call(4, 'work'));
    assert.equal((await next())['id'], 4);
  }));

test('a form goes out as the revision has it', () =>
  withStream(async ({ send, next }) => {
    send(INITIALIZE);
    await next();
    send(call(1, 'ask', { arguments: { what: 'form' } }));
    const { id, method, params } = await next();
    assert.equal(method, 'elicitation/create');
    assert.equal(Object.hasOwn(params as object, 'mode'), false);
    send({ jsonrpc: '2.0', id, result: { action: 'cancel' } });
    assert.deepEqual((await next())['result'], { content: [{ type: 'text', text: '{"action":"cancel"}' }] });
  }));

test('a cancelled call stops without an answer, and so does one at the end of the input', () =>
  withStream(async ({ send, next, done, end }) => {
    send(INITIALIZE);
    await next();
    send(call(1, 'wait'));
    send(call(1, 'erase'));
    assert.equal(((await next())['error'] as { code: number }).code, -32600);
    send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    send({ jsonrpc: '2.0', id: 2, method: 'ping' });
    assert.equal((await next())['id'], 2);
    assert.deepEqual(done, ['waiting', 'stopped']);
    send(call(3, 'wait'));
    send({ jsonrpc: '2.0', id: 4, method: 'ping' });
    assert.equal((await next())['id'], 4);
    await end();
    assert.deepEqual(done, ['waiting', 'stopped', 'waiting', 'stopped']);
  }));
