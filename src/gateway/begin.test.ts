import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { eventually } from '../../test/support/eventually.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { begin, type Probe } from './begin.ts';
import { LinkError, openLink, type Link, type LinkEvents } from './link.ts';
import type { EraChoice } from './options.ts';
import { readOffer } from './session.ts';

const CALL = { timeoutMs: 20_000 };
const PROBE: Probe = { timeoutMs: 20_000, silenceIsLegacy: true };
const DISCOVERED = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'up', version: '1' } },
};
const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'up', version: '1' } };

type Answer = { readonly result: object } | { readonly error: object } | undefined;

/** A link to an upstream that answers by a function; what it was asked is kept. */
function upstream(answer: (method: string, params: JsonObject) => Answer): {
  link: Link;
  asked: [string, JsonObject][];
} {
  const [toHost, toUpstream] = [new PassThrough(), new PassThrough()];
  const asked: [string, JsonObject][] = [];
  let rest = '';
  toUpstream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message: unknown = JSON.parse(line);
      assert.ok(isObject(message));
      const { id, method, params } = message;
      asked.push([String(method), isObject(params) ? params : {}]);
      const told = id === undefined ? undefined : answer(String(method), isObject(params) ? params : {});
      if (told !== undefined) toHost.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...told })}\n`);
    }
  });
  return { link: openLink(toHost, toUpstream), asked };
}

/** The era that is found, or why there is none, and what was asked on the way. */
async function found(choice: EraChoice, answer: (method: string) => Answer, probe: Partial<Probe> = {}) {
  const { link, asked } = upstream(answer);
  const told = await begin(link, CALL, choice, { ...PROBE, ...probe }).then(
    ({ era }): string => era,
    (error: unknown) => (error instanceof LinkError ? `${error.reason}: ${error.detail}` : String(error)),
  );
  link.close('done');
  return [told, ...asked.map(([method]) => method)];
}

const discovers =
  (discovered: Answer) =>
  (method: string): Answer =>
    method === 'server/discover' ? discovered : method === 'initialize' ? { result: HELLO } : undefined;
const error = (code: number, data?: object): Answer => ({ error: { code, message: 'no', data } });

test('one that discovers is modern, and is not asked for a handshake', async () => {
  assert.deepEqual(await found('auto', discovers({ result: DISCOVERED })), ['modern', 'server/discover']);
  assert.deepEqual(await found('modern', discovers({ result: DISCOVERED })), ['modern', 'server/discover']);
  const legacy = ['legacy', 'initialize', 'notifications/initialized'];
  assert.deepEqual(await found('legacy', discovers({ result: DISCOVERED })), legacy);
});

test('whatever else one says of it is legacy, by any code, any shape, or by silence', async () => {
  for (const told of [error(-32601), error(-32602), error(-32000), error(7), { result: {} }, { result: HELLO }])
    assert.deepEqual(await found('auto', discovers(told)), [
      'legacy',
      'server/discover',
      'initialize',
      'notifications/initialized',
    ]);
  assert.deepEqual(await found('auto', discovers(undefined), { timeoutMs: 20 }), [
    'legacy',
    'server/discover',
    'notifications/cancelled',
    'initialize',
    'notifications/initialized',
  ]);
  const silent = await found('auto', discovers(undefined), { timeoutMs: 20, silenceIsLegacy: false });
  assert.equal(silent[0], 'timeout: no answer within 20 ms');
});

test('an error of the modern era is one of a modern server, which is not asked for a handshake', async () => {
  for (const told of [error(-32020), error(-32021), error(-32022, { supported: ['2027-01-01'] })]) {
    const [why, ...asked] = await found('auto', discovers(told));
    assert.match(why ?? '', /^refused: -3202/);
    assert.deepEqual(asked, ['server/discover']);
  }
  const newer = { result: { ...DISCOVERED, supportedVersions: ['2027-01-01'] } };
  assert.deepEqual(await found('auto', discovers(newer)), [
    'refused: it speaks the revisions ["2027-01-01"]',
    'server/discover',
  ]);
  // It says itself that the legacy era is all it has.
  assert.equal((await found('auto', discovers(error(-32022, { supported: ['2025-11-25'] }))))[0], 'legacy');
});

test('one that is pinned in an era is spoken to in no other', async () => {
  assert.deepEqual(await found('modern', discovers(error(-32601))), [
    'refused: it does not speak the modern era, which is pinned or configured for it: -32601: no',
    'server/discover',
  ]);
  assert.deepEqual(await found('legacy', () => error(-32601)), [
    'refused: it does not speak the legacy era, which is pinned or configured for it: -32601: no',
    'initialize',
  ]);
});

test('each modern request says its version and who asks, and no capability where nothing may be asked', async () => {
  const { link, asked } = upstream((method) => ({
    result: method === 'server/discover' ? DISCOVERED : { resultType: 'complete', content: [] },
  }));
  const asks = new Set(['elicitation'] as const);
  const { session } = await begin(link, CALL, 'modern', { ...PROBE, asks: new Set(['roots']) });
  await session.link.request('tools/call', { name: 'x', _meta: { own: 1 } }, CALL);
  await session.link.request('tools/call', { name: 'x' }, { ...CALL, asks, onRequest: () => Promise.resolve({}) });
  await session.link.request('tools/call', { name: 'x' }, { ...CALL, asks, logLevel: 'info' });
  const metas = asked.map(([, params]) => params['_meta']);
  const none = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'portcullis-gateway', version: '0.1.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const some = { ...none, 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } };
  const logs = { ...none, 'io.modelcontextprotocol/logLevel': 'info' };
  assert.deepEqual(metas, [none, { own: 1, ...none }, some, logs]);
  link.close('done');
});

test('input that an upstream asks for is given where the call lets it ask, with its own state', async () => {
  const { link, asked } = upstream((method, { inputResponses }) => {
    if (method === 'server/discover') return { result: DISCOVERED };
    if (inputResponses !== undefined) return { result: { resultType: 'complete', content: [] } };
    const inputRequests = {
      a: { method: 'elicitation/create', params: { message: 'Sure?' } },
      b: { method: 'roots/list' },
    };
    return { result: { resultType: 'input_required', inputRequests, requestState: 'opaque' } };
  });
  const { session } = await begin(link, CALL, 'modern', PROBE);
  const heard: unknown[] = [];
  const onRequest = (method: string, params: unknown): Promise<JsonObject> => {
    heard.push([method, params]);
    return Promise.resolve({ action: 'accept' });
  };
  await session.link.request('tools/call', { name: 'x', arguments: { y: 1 } }, { ...CALL, onRequest });
  assert.deepEqual(heard, [
    ['elicitation/create', { message: 'Sure?' }],
    ['roots/list', undefined],
  ]);
  const { _meta: _, ...last } = asked.at(-1)?.[1] ?? {};
  assert.deepEqual(last, {
    name: 'x',
    arguments: { y: 1 },
    inputResponses: { a: { action: 'accept' }, b: { action: 'accept' } },
    requestState: 'opaque',
  });
  await assert.rejects(
    session.link.request('tools/call', { name: 'x' }, CALL),
    (refused) =>
      refused instanceof LinkError && refused.detail.endsWith('which is closed: elicitation/create, roots/list'),
  );
  link.close('done');
});

test('an upstream that asks without end is given up', async () => {
  const { link, asked } = upstream((method) => ({
    result: method === 'server/discover' ? DISCOVERED : { resultType: 'input_required' },
  }));
  const { session } = await begin(link, CALL, 'modern', PROBE);
  await assert.rejects(
    session.link.request('tools/call', { name: 'x' }, { ...CALL, onRequest: () => Promise.resolve({}) }),
    (refused) => refused instanceof LinkError && refused.detail === 'it asks for input more than 16 times',
  );
  assert.equal(asked.length, 18);
  link.close('done');
});

/** A real server of the modern SDK on the other end of two streams. */
function realServer(t: TestContext, legacy: 'serve' | 'reject', events: LinkEvents = {}) {
  const [toHost, toUpstream] = [new PassThrough(), new PassThrough()];
  let tool: { update(to: { description: string }): void } | undefined;
  const handle = serveStdio(
    () => {
      const server = new McpServer({ name: 'real', version: '1' }, { capabilities: { tools: { listChanged: true } } });
      const inputSchema = z.object({ text: z.string() });
      tool = server.registerTool('say', { description: 'Says it.', inputSchema }, ({ text }) => ({
        content: [{ type: 'text', text }],
      }));
      return server;
    },
    { legacy, transport: new StdioServerTransport(toUpstream, toHost) },
  );
  const link = openLink(toHost, toUpstream, events);
  t.after(async () => {
    link.close('done');
    await handle.close();
  });
  return { link, change: () => tool?.update({ description: 'Says more.' }) };
}

test('a real modern server is spoken to over streams, and tells of a change', async (t) => {
  let changes = 0;
  const { link, change } = realServer(t, 'reject', { changed: () => (changes += 1) });
  const { session, era } = await begin(link, CALL, 'auto', PROBE);
  assert.equal(era, 'modern');
  assert.equal(session.server['name'], 'real');
  const offer = await readOffer(session, CALL);
  assert.deepEqual(
    offer.tools.map(({ name }) => name),
    ['say'],
  );
  const { content } = await session.link.request('tools/call', { name: 'say', arguments: { text: 'hi' } }, CALL);
  assert.deepEqual(content, [{ type: 'text', text: 'hi' }]);
  await eventually(() => {
    change();
    return changes > 0;
  });
});

test('a real server of both eras is modern for auto, and legacy where that is wanted', async (t) => {
  for (const [choice, expected] of [
    ['auto', 'modern'],
    ['legacy', 'legacy'],
  ] as const) {
    const { era, session } = await begin(realServer(t, 'serve').link, CALL, choice, PROBE);
    assert.equal(era, expected);
    assert.equal((await readOffer(session, CALL)).tools.length, 1);
  }
});
