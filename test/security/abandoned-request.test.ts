import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import * as z from 'zod';
import { resource, server, serveStream, tool, type Policy, type ServerOptions } from '../../src/index.ts';
import { listen } from '../../src/server/http/listen.ts';
import { DEFAULT_LIMITS } from '../../src/pipeline/limits.ts';
import { startOpen } from '../support/open-server.ts';

const URI = 'notes://note/1';
const LISTEN = { notifications: { resourceSubscriptions: [URI] } };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};

/** A server whose policy waits, for one method, until it is let go. */
function gated(held: string): {
  readonly options: Pick<ServerOptions, 'policy' | 'resources'>;
  readonly asked: () => number;
  readonly open: () => void;
} {
  const gate = Promise.withResolvers<void>();
  let count = 0;
  const policy: Policy = async ({ method }) => {
    if (method === held) {
      count += 1;
      await gate.promise;
    }
    return { pass: true };
  };
  const note = resource({ name: 'note', uri: URI, scope: 'notes:read', read: () => ({ text: 'x' }) });
  return { options: { policy, resources: [note] }, asked: () => count, open: () => gate.resolve() };
}

function line(id: number, method: string, params: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: META } })}\n`;
}

test('a stream whose client left while it was being admitted is not opened', async (t) => {
  const { options, asked, open } = gated('subscriptions/listen');
  const { host, send, socket, bytes } = await startOpen(options, { limits: { streamsPerPrincipal: 1 } });
  try {
    const abort = new AbortController();
    const left = send('subscriptions/listen', LISTEN, { signal: abort.signal }).catch(() => 'left');
    while (asked() === 0) await turn();
    abort.abort();
    assert.equal(await left, 'left');
    // By the answer to another request the server has seen the connection close.
    await send('server/discover');
    open();
    let status = '';
    while (!status.includes(' 200 ') && !t.signal.aborted) {
      const again = await socket();
      again.write(bytes('subscriptions/listen', { notifications: {} }));
      status = await new Promise((resolve) => again.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))));
      again.destroy();
    }
    assert.match(status, /^HTTP\/1\.1 200 /);
  } finally {
    await host.close();
  }
});

test('the end of input ends what was still being admitted', async () => {
  const { options, asked, open } = gated('subscriptions/listen');
  const [input, output] = [new PassThrough(), new PassThrough()];
  const host = await serveStream(
    server({ name: 's', version: '1.0.0', ...options }),
    { profile: 'dev' },
    input,
    output,
  );
  input.write(line(1, 'subscriptions/listen', LISTEN));
  while (asked() === 0) await turn();
  input.end();
  for (let i = 0; i < 5; i++) await turn();
  open();
  await host.ended;
  await host.close();
});

test('nothing is said of a request that was cancelled while it was being admitted', async () => {
  const { options, asked, open } = gated('tools/call');
  let aborted: boolean | undefined;
  const say = tool({
    name: 'say',
    description: 'Says something.',
    input: z.strictObject({}),
    output: z.strictObject({ said: z.string().max(9) }),
    scope: 'text:read',
    effect: 'read',
    async run(_, { signal }) {
      await turn();
      aborted = signal.aborted;
      return { said: 'x' };
    },
  });
  const [input, output] = [new PassThrough(), new PassThrough()];
  const host = await serveStream(
    server({
      name: 's',
      version: '1.0.0',
      tools: [say],
      ...options,
    }),
    { profile: 'dev' },
    input,
    output,
  );
  let said = '';
  output.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  input.write(line(1, 'tools/call', { name: 'say', arguments: {} }));
  while (asked() === 0) await turn();
  input.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })}\n`);
  input.write(line(2, 'tools/list', {}));
  while (!said.includes('"id":2')) await turn();
  open();
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(said.includes('"id":1'), false);
  assert.notEqual(aborted, false);
  input.end();
  await host.ended;
  await host.close();
});

test('a stream that the server ends on stdio is ended by a result and a cancellation', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const note = resource({ name: 'n', uri: URI, scope: 'notes:read', read: () => ({ text: 'x' }) });
  const host = await serveStream(
    server({ name: 's', version: '1.0.0', resources: [note] }),
    { profile: 'dev' },
    input,
    output,
  );
  let said = '';
  output.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  input.write(line(7, 'subscriptions/listen', LISTEN));
  while (!said.includes('acknowledged')) await turn();
  await host.close();
  const messages = said
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  assert.deepEqual(
    messages.map(({ id, method }) => method ?? id),
    ['notifications/subscriptions/acknowledged', 7, 'notifications/cancelled'],
  );
  assert.equal(messages[2].params.requestId, 7);
});

test('deliveries on one stream leave no listeners behind', async () => {
  const warnings: string[] = [];
  const warn = ({ name }: Error) => void warnings.push(name);
  process.on('warning', warn);
  let asked = 0;
  const note = resource({
    name: 'note',
    uriTemplate: 'notes://note/{id}',
    params: z.strictObject({ id: z.string().max(9) }),
    scope: 'notes:read',
    async authorize() {
      await turn();
      asked += 1;
      return true;
    },
    read: () => ({ text: 'x' }),
  });
  const { host, send } = await startOpen({ resources: [note] });
  try {
    const stream = send('subscriptions/listen', LISTEN);
    await until(() => asked > 0);
    for (let i = 0; i < 30; i++) await turn();
    for (let i = 0; i < 40; i++) {
      host.changed({ kind: 'resource', uri: URI });
      await until(() => asked >= i + 2);
    }
    await host.close();
    assert.equal((await stream).text.split('notifications/resources/updated').length, 41);
    assert.deepEqual(warnings, []);
  } finally {
    process.off('warning', warn);
    await host.close();
  }
});

test('a peer that sends no HTTP and closes nothing does not keep its socket', async (t) => {
  const listening = await listen({}, DEFAULT_LIMITS, () => (_, response) => void response.end());
  const { connect } = await import('node:net');
  const socket = connect({ port: listening.port, host: '127.0.0.1', allowHalfOpen: true });
  try {
    socket.write('this is no HTTP\r\n\r\n');
    socket.resume();
    await new Promise((resolve) => socket.once('end', resolve));
    let open = 1;
    while (open > 0 && !t.signal.aborted)
      open = await new Promise((resolve) => listening.server.getConnections((_, count) => resolve(count)));
    assert.equal(open, 0);
  } finally {
    socket.destroy();
    await listening.close(0);
  }
});
