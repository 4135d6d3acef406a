import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import * as z from 'zod';
import { resource, server, serveStream, tool, type Ctx, type Tool } from '../../src/index.ts';
import { listen } from '../../src/server/http/listen.ts';
import { DEFAULT_LIMITS } from '../../src/pipeline/limits.ts';
import type { Recorder } from '../../src/record/event.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { startOpen } from '../support/open-server.ts';

// The test runner fails a test during which a rejection or an exception is handled by nobody.

const Said = z.strictObject({ said: z.string().max(100) });
type Run = (ctx: Ctx) => unknown;

function saying(run: Run): Tool {
  return tool({
    name: 'say',
    description: 'Says something.',
    input: z.strictObject({}),
    output: Said,
    scope: 'text:read',
    effect: 'read',
    asks: ['elicitation'],
    run: async (_, ctx: Ctx) => {
      await run(ctx);
      return { said: 'done' };
    },
  });
}

const CALL = { name: 'say', arguments: {} };

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};

/** Lets promises that were left alone be noticed. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('a question that a handler does not wait for', async () => {
  const open = await startOpen({
    tools: [
      saying(async (ctx) => {
        const first = ctx.elicit({ message: 'Which colour?', schema: z.strictObject({ colour: z.string().max(9) }) });
        const second = ctx.elicit({ message: 'Which shape?', schema: z.strictObject({ shape: z.string().max(9) }) });
        await turn();
        await first;
        await second;
      }),
    ],
  });
  try {
    const { text } = await open.send('tools/call', CALL, { capabilities: { elicitation: {} } });
    await turn();
    assert.match(text, /"resultType":"input_required"/);
  } finally {
    await open.host.close();
  }
});

test('an operator log that throws, or rejects, at the line of a failing disposer', async () => {
  const logs: readonly (() => void)[] = [
    () => {
      throw new Error('disk full');
    },
    // As an async function is assignable where nothing is expected back.
    (): unknown => Promise.reject(new Error('disk full')),
  ];
  for (const log of logs) {
    const order: string[] = [];
    const open = await startOpen(
      {
        tools: [
          saying((ctx) => {
            ctx.defer(() => void order.push('first'));
            ctx.defer(() => {
              throw Object.create(null);
            });
          }),
        ],
      },
      { log },
    );
    try {
      const { text } = await open.send('tools/call', CALL);
      await turn();
      assert.match(text, /"said":"done"/);
      assert.deepEqual(order, ['first']);
    } finally {
      await open.host.close();
    }
  }
});

test('a log line whose fields cannot be serialised', async () => {
  const open = await startOpen({
    tools: [saying((ctx) => ctx.log.info('hello', { size: 10n as unknown as number }))],
  });
  try {
    const { text } = await open.send('tools/call', CALL, { meta: { 'io.modelcontextprotocol/logLevel': 'debug' } });
    assert.match(text, /"said":"done"/);
  } finally {
    await open.host.close();
  }
});

test('a store that cannot publish, and one that delivers rubbish', async () => {
  const memory = createMemoryStore();
  let deliver: ((message: string) => void) | undefined;
  for (const publish of [
    () => Promise.reject(new Error('gone')),
    () => {
      throw new Error('gone');
    },
  ]) {
    const store = {
      ...memory,
      publish,
      subscribe(_: string, listener: (message: string) => void) {
        deliver = listener;
        return () => undefined;
      },
    };
    const open = await startOpen({ tools: [saying((ctx) => ctx.changed.list('tools'))] }, { store });
    try {
      const { text } = await open.send('tools/call', CALL);
      deliver?.('no JSON');
      await turn();
      assert.match(text, /"said":"done"/);
    } finally {
      await open.host.close();
    }
  }
});

test('a recorder that throws where it should reject', async () => {
  let broken = false;
  const recorder: Recorder = {
    append() {
      if (broken) throw new Error('no log');
      return Promise.resolve({ index: 0 });
    },
    note() {
      throw new Error('no log');
    },
    healthy: true,
    close: () => Promise.resolve(),
  };
  let ran = 0;
  const write = tool({ ...saying(() => ran++).options, effect: 'write' });
  const open = await startOpen({ tools: [write] }, { recorder });
  const [input, output] = [new PassThrough(), new PassThrough()];
  const stream = await serveStream(
    server({ name: 'open', version: '1.0.0', tools: [write] }),
    {
      profile: 'dev',
      recorder,
    },
    input,
    output,
  );
  try {
    broken = true;
    const { status, text } = await open.send('tools/call', CALL);
    assert.equal(status, 503);
    assert.match(text, /RECORD_FAILED/);
    assert.equal((await open.send('tools/list', { cursor: 7 })).status, 400);
    input.write('{}\n');
    const [line] = (await output.iterator({ destroyOnReturn: false }).next()).value.toString().split('\n');
    assert.match(line, /MESSAGE_INVALID/);
    assert.equal(ran, 0);
  } finally {
    broken = false;
    await open.host.close();
    await stream.close();
  }
});

test('accept errors of the listening socket', async () => {
  const listening = await listen({}, DEFAULT_LIMITS, () => (_, response) => void response.end());
  for (let i = 0; i < 3; i++) listening.server.emit('error', new Error('accept EMFILE'));
  await listening.close(0);
});

test('a byte stream that breaks', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const definition = server({ name: 'open', version: '1.0.0', tools: [saying(() => undefined)] });
  const host = await serveStream(definition, { profile: 'dev' }, input, output);
  output.destroy(new Error('EPIPE'));
  input.destroy(new Error('EIO'));
  await host.ended;
  await host.close();
});

test('a resource whose authorize throws at a delivery', async () => {
  let calls = 0;
  const note = resource({
    name: 'note',
    uriTemplate: 'notes://note/{id}',
    params: z.strictObject({ id: z.string().max(9) }),
    scope: 'notes:read',
    authorize() {
      calls += 1;
      if (calls > 1) throw Object.create(null);
      return true;
    },
    read: () => ({ text: 'x' }),
  });
  const open = await startOpen({ resources: [note] });
  try {
    const listening = open.send('subscriptions/listen', {
      notifications: { resourceSubscriptions: ['notes://note/1'] },
    });
    await until(() => calls > 0);
    await turn();
    open.host.changed({ kind: 'resource', uri: 'notes://note/1' });
    assert.match((await listening).text, /"resultType":"complete"/);
  } finally {
    await open.host.close();
  }
});
