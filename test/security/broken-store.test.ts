import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import * as z from 'zod';
import { server, serveStream, state, tool, type Tool } from '../../src/index.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { startOpen } from '../support/open-server.ts';

const CAPABILITIES = { elicitation: {} };
const FAULTS: ReadonlyMap<string, () => never | Promise<never>> = new Map([
  [
    'throws',
    () => {
      throw new Error('connect ECONNREFUSED 10.1.2.3:6379');
    },
  ],
  ['rejects', () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:6379'))],
]);

/** Which of its methods is broken changes while the server runs. */
interface BrokenStore {
  readonly store: Store;
  break(method: keyof Store | undefined, fault?: () => never | Promise<never>): void;
}

function breakable(): BrokenStore {
  const memory = createMemoryStore();
  let broken: keyof Store | undefined;
  let fault: () => never | Promise<never> = () => {
    throw new Error('unset');
  };
  const store: Store = {
    get: (...args) => (broken === 'get' ? fault() : memory.get(...args)),
    put: (...args) => (broken === 'put' ? fault() : memory.put(...args)),
    add: (...args) => (broken === 'add' ? fault() : memory.add(...args)),
    compareAndSet: (...args) => (broken === 'compareAndSet' ? fault() : memory.compareAndSet(...args)),
    increment: (...args) => (broken === 'increment' ? fault() : memory.increment(...args)),
    delete: (...args) => (broken === 'delete' ? fault() : memory.delete(...args)),
    keys: (...args) => (broken === 'keys' ? fault() : memory.keys(...args)),
    rate: (...args) => (broken === 'rate' ? fault() : memory.rate(...args)),
    publish: (...args) => (broken === 'publish' ? fault() : memory.publish(...args)),
    subscribe: (...args) => (broken === 'subscribe' ? fault() : memory.subscribe(...args)),
    close: () => memory.close(),
  };
  return {
    store,
    break(method, by = fault) {
      broken = method;
      fault = by;
    },
  };
}

const Done = z.strictObject({ done: z.string().max(100) });

/** A tool for each way to the store; `ran` holds the names of those whose handler ended. */
function tools(ran: string[]): readonly Tool[] {
  const notes = state<string>('1h');
  const common = { description: 'Does one thing.', output: Done, scope: 'notes:write', effect: 'write' } as const;
  const ended = (name: string): { done: string } => {
    ran.push(name);
    return { done: name };
  };
  return [
    tool({ ...common, name: 'plain', input: z.strictObject({}), run: () => ended('plain') }),
    tool({
      ...common,
      name: 'ask',
      input: z.strictObject({}),
      asks: ['elicitation'],
      run: async (_, ctx) => {
        await ctx.elicit({ message: 'Which colour?', schema: z.strictObject({ colour: z.string().max(9) }) });
        return ended('ask');
      },
    }),
    tool({
      ...common,
      name: 'keep',
      input: z.strictObject({}),
      needs: { notes },
      run: async (_, ctx) => {
        const handle = await ctx.notes.create('one');
        await ctx.notes.update(handle, () => 'two');
        await ctx.notes.delete(handle);
        return ended('keep');
      },
    }),
  ];
}

/** Sends one request, and gives the text of the message that answers it. */
type Send = (method: string, params: object) => Promise<string>;

interface Served {
  readonly send: Send;
  close(): Promise<void>;
}

async function overHttp(ran: string[], store: Store, recorder: Recorder): Promise<Served> {
  const open = await startOpen({ tools: tools(ran) }, { store, recorder });
  return {
    send: async (method, params) => (await open.send(method, params, { capabilities: CAPABILITIES })).text,
    close: () => open.host.close(),
  };
}

async function overStdio(ran: string[], store: Store, recorder: Recorder): Promise<Served> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const definition = server({ name: 'open', version: '1.0.0', tools: tools(ran) });
  const host = await serveStream(definition, { profile: 'dev', store, recorder }, input, output);
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
  };
  const lines = output.setEncoding('utf8')[Symbol.asyncIterator]();
  let id = 0;
  return {
    async send(method, params) {
      input.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: { ...params, _meta } })}\n`);
      const { value }: IteratorResult<unknown> = await lines.next();
      return String(value);
    },
    async close() {
      input.end();
      await host.close();
      output.end();
      await textOf(output);
    },
  };
}

const Answer = z.object({
  result: z.looseObject({ requestState: z.string().optional() }).optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.looseObject({ code: z.string() }) }).optional(),
});

const parse = (text: string): z.infer<typeof Answer> => Answer.parse(JSON.parse(text));

/** What each method of the store breaks, and with which request. */
const WAYS: readonly (readonly [keyof Store, tool: string])[] = [
  ['rate', 'plain'],
  ['add', 'ask'],
  ['add', 'keep'],
  ['get', 'keep'],
  ['put', 'keep'],
  ['compareAndSet', 'keep'],
  ['delete', 'keep'],
];

for (const [transport, serve] of [
  ['http', overHttp],
  ['stdio', overStdio],
] as const) {
  for (const [how, fault] of FAULTS) {
    for (const [method, name] of WAYS) {
      test(`over ${transport} a call of ${name} is refused while ${method} of the store ${how}`, async () => {
        const ran: string[] = [];
        const events: AuditEvent[] = [];
        const recorder: Recorder = {
          append: async (event) => ({ index: events.push(event) - 1 }),
          note: (event) => void events.push(event),
          healthy: true,
          close: async () => undefined,
        };
        const broken = breakable();
        const served = await serve(ran, broken.store, recorder);
        try {
          let params: object = { name, arguments: {} };
          if (name === 'ask') {
            const { result } = parse(await served.send('tools/call', params));
            const answers = { 'elicit-1': { action: 'accept', content: { colour: 'red' } } };
            params = { ...params, requestState: result?.requestState, inputResponses: answers };
          }
          broken.break(method, fault);
          const text = await served.send('tools/call', params);
          const { error } = parse(text);
          assert.equal(error?.code, 50_305, text);
          assert.equal(error.data.code, 'STORE_UNAVAILABLE');
          assert.equal(error.message, 'The state store cannot be reached.');
          assert.doesNotMatch(text, /10\.1\.2\.3/);
          assert.deepEqual(ran, []);
          const { decision, detail } = events.findLast(({ kind }) => kind === 'denied' || kind === 'outcome') ?? {};
          assert.equal(decision, 'STORE_UNAVAILABLE');
          assert.match(detail ?? '', new RegExp(`the store failed at ${method}: .*ECONNREFUSED`));

          broken.break(undefined);
          assert.ok(parse(await served.send('tools/call', { name: 'plain', arguments: {} })).result);
          assert.deepEqual(ran, ['plain']);
        } finally {
          await served.close();
        }
      });
    }
  }
}
