import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, test, type TestContext } from 'node:test';
import * as z from 'zod';
import { tool } from '../../src/index.ts';
import { fixture } from '../../src/prove/fixture.ts';
import { startOpen } from '../support/open-server.ts';
import { closeSharedIssuer, startTarget } from '../../src/prove/target.ts';
import { echo } from '../../src/prove/tools.ts';

after(closeSharedIssuer);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};

/** Asks until it is answered 200. */
async function served(t: TestContext, ask: () => Promise<number>): Promise<void> {
  while ((await ask()) !== 200) {
    if (t.signal.aborted) throw new Error('never served');
    await turn();
  }
}

test('requests that wait behind another on their connection take no places of others', async () => {
  const gate = Promise.withResolvers<void>();
  let held = 0;
  const open = await startOpen(
    {
      tools: [echo],
      async policy({ method }) {
        if (method === 'tools/list') {
          held += 1;
          await gate.promise;
        }
        return { pass: true };
      },
    },
    { limits: { concurrentTotal: 4 } },
  );
  const socket = await open.socket();
  try {
    let said = '';
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    socket.write(open.bytes('tools/list').repeat(6));
    await until(() => held > 0);
    assert.equal((await open.send('server/discover')).status, 200);
    gate.resolve();
    await new Promise((resolve) => socket.once('end', resolve));
    assert.deepEqual(said.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 503']);
  } finally {
    socket.destroy();
    await open.host.close();
  }
});

test('a caller whose bodies come slowly takes no places of others', async (t) => {
  const limits = { concurrentTotal: 16, concurrentPerPrincipal: 2, streamsPerPrincipal: 1 };
  const { target, stop } = await startTarget(
    fixture({ server: { name: 's', version: '1.0.0', tools: [echo] }, deployment: { limits } }),
    [],
    {
      transport: 'http',
      era: 'modern',
    },
  );
  const sockets: Socket[] = [];
  try {
    const { connect } = await import('node:net');
    const begun = `POST /mcp HTTP/1.1\r\nHost: ${target.url?.host}\r\nAuthorization: Bearer ${target.token}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 1000\r\n\r\n{`;
    for (let i = 0; i < 20; i++) {
      const socket = connect({ port: Number(target.url?.port), host: '127.0.0.1' });
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(begun);
      sockets.push(socket);
    }
    while (sockets.some(({ bytesWritten }) => bytesWritten === 0)) await turn();
    const bob = await target.connect({ token: (await target.mint?.({ sub: 'bob', scope: 'text:read' })) ?? null });
    await served(t, async () => (await bob.request('server/discover')).status ?? 0);
    for (let i = 0; i < 12; i++) assert.equal((await bob.request('server/discover')).status, 200);
  } finally {
    for (const socket of sockets) socket.destroy();
    await stop();
  }
});

test('an answer that is not read is cut off', async (t) => {
  const big = tool({
    name: 'big',
    description: 'Gives much.',
    input: z.strictObject({}),
    output: z.strictObject({ text: z.string().max(40_000_000) }),
    scope: 'text:read',
    effect: 'read',
    run: () => ({ text: 'x'.repeat(15_000_000) }),
  });
  const open = await startOpen(
    { tools: [big] },
    { limits: { concurrentTotal: 1, resultBytes: 40_000_000, requestMs: 400, headersMs: 300 } },
  );
  const socket = await open.socket();
  try {
    socket.pause();
    socket.write(open.bytes('tools/call', { name: 'big', arguments: {} }));
    while ((await open.send('server/discover')).status === 200) await turn();
    await served(t, async () => (await open.send('server/discover')).status);
  } finally {
    socket.destroy();
    await open.host.close();
  }
});

test('a great answer at the end of a stream is whole', async () => {
  const big = tool({
    name: 'big',
    description: 'Gives much.',
    input: z.strictObject({}),
    output: z.strictObject({ text: z.string().max(40_000_000) }),
    scope: 'text:read',
    effect: 'read',
    run(_, { progress }) {
      progress(1);
      return { text: 'x'.repeat(15_000_000) };
    },
  });
  const open = await startOpen({ tools: [big] }, { limits: { resultBytes: 40_000_000 } });
  try {
    const { text } = await open.send('tools/call', { name: 'big', arguments: {} }, { meta: { progressToken: 'p' } });
    assert.ok(text.length > 30_000_000);
    assert.match(text.slice(-200), /serverInfo/);
  } finally {
    await open.host.close();
  }
});
