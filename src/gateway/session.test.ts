import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { LinkError, openLink, type Link } from './link.ts';
import { beginSession, readOffer } from './session.ts';

const CALL = { timeoutMs: 10_000 };
const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'stranger', version: '1' },
};
const SCHEMA = { type: 'object' };

/** A link to an upstream that answers each request by a function; what it was asked is kept. */
function upstream(answer: (method: string, params: JsonObject) => JsonObject | undefined): {
  link: Link;
  asked: [string, unknown][];
} {
  const [toHost, toUpstream] = [new PassThrough(), new PassThrough()];
  const asked: [string, unknown][] = [];
  let rest = '';
  toUpstream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message: unknown = JSON.parse(line);
      assert.ok(isObject(message));
      const { id, method, params } = message;
      asked.push([String(method), params]);
      const result = id === undefined ? undefined : answer(String(method), isObject(params) ? params : {});
      if (result !== undefined) toHost.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
    }
  });
  return { link: openLink(toHost, toUpstream), asked };
}

/** How it fails. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LinkError, `it did not fail: ${String(error)}`);
  return `${error.reason}: ${error.detail}`;
}

test('the handshake offers nothing: no sampling, no questions, no roots', async () => {
  const { link, asked } = upstream(() => ({ ...HELLO, instructions: 'Use me.' }));
  const session = await beginSession(link, CALL);
  assert.deepEqual(session.server, { name: 'stranger', version: '1' });
  assert.equal(session.instructions, 'Use me.');
  const clientInfo = { name: 'portcullis-gateway', version: '0.1.0' };
  await turn();
  assert.deepEqual(asked, [
    ['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }],
    ['notifications/initialized', {}],
  ]);
  link.close('done');
});

test('a revision that is not known ends it, and so does an answer that is none', async () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ protocolVersion: '1999-01-01' }, 'malformed: it speaks the revision "1999-01-01"'],
    [{ protocolVersion: '2026-07-28' }, 'malformed: it speaks the revision "2026-07-28"'],
    [{ protocolVersion: '9'.repeat(100) }, `malformed: it speaks the revision "${'9'.repeat(63)}`],
    [{ protocolVersion: undefined }, 'malformed: it speaks the revision undefined'],
    [{ protocolVersion: ['2025-11-25'] }, 'malformed: it speaks the revision ["2025-11-25"]'],
    [{ serverInfo: { name: 1 } }, 'malformed: its answer to initialize is none'],
    [{ serverInfo: 'stranger' }, 'malformed: its answer to initialize is none'],
    [{ capabilities: [] }, 'malformed: its answer to initialize is none'],
  ];
  for (const [more, expected] of cases) {
    const { link } = upstream(() => ({ ...HELLO, ...more }));
    assert.equal(await failure(beginSession(link, CALL)), expected);
  }
});

test('each known revision of the legacy era is spoken', async () => {
  for (const protocolVersion of ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']) {
    const { link } = upstream(() => ({ ...HELLO, protocolVersion, instructions: 7 }));
    assert.equal((await beginSession(link, CALL)).instructions, undefined);
  }
});

test('an upstream that never answers the handshake is given up', async () => {
  const { link } = upstream(() => undefined);
  assert.equal(await failure(beginSession(link, { timeoutMs: 5 })), 'timeout: no answer within 5 ms');
});

/** Reads the offer of an upstream whose pages a function makes. */
async function offer(page: (params: JsonObject) => JsonObject | undefined, call = CALL) {
  const { link, asked } = upstream((method, params) => (method === 'tools/list' ? page(params) : undefined));
  const watch = () => Promise.resolve(() => undefined);
  const work = readOffer({ link, server: {}, instructions: undefined, capabilities: [], watch }, call);
  return { work, asked };
}

const named = (...names: string[]): JsonObject[] => names.map((name) => ({ name, inputSchema: SCHEMA }));

test('the pages of a list are read to their end, each with the cursor of the one before', async () => {
  const { work, asked } = await offer(({ cursor }) =>
    cursor === 'two' ? { tools: named('c') } : { tools: named('a', 'b'), nextCursor: 'two' },
  );
  assert.deepEqual(
    (await work).tools.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(asked, [
    ['tools/list', {}],
    ['tools/list', { cursor: 'two' }],
  ]);
});

test('pages without end are not followed', async () => {
  const { work, asked } = await offer(() => ({ tools: [], nextCursor: 'same' }));
  assert.equal(await failure(work), 'malformed: it lists more than 100 pages of tools');
  assert.equal(asked.length, 100);
});

test('one deadline holds for all pages: those of a slow upstream do not add up', async () => {
  let pages = 0;
  const { work, asked } = await offer(() => (++pages < 100 ? { tools: [], nextCursor: 'on' } : undefined), {
    timeoutMs: 250,
  });
  const [, given] = /^timeout: no answer within ([\d.]+) ms$/.exec(await failure(work)) ?? [];
  assert.ok(Number(given) < 250, given);
  assert.equal(asked[99]?.[0], 'tools/list');
});

test('more than a thousand tools are refused, on one page or on many', async () => {
  const many = named(...Array.from({ length: 1_001 }, (_, index) => `t${index}`));
  const { work: one } = await offer(() => ({ tools: many }));
  assert.equal(await failure(one), 'malformed: it lists more than 1000 tools');
  const { work: two } = await offer(({ cursor }) =>
    cursor === undefined ? { tools: many.slice(0, 600), nextCursor: 'x' } : { tools: many.slice(600) },
  );
  assert.equal(await failure(two), 'malformed: it lists more than 1000 tools');
  const { work: all } = await offer(() => ({ tools: many.slice(1) }));
  assert.equal((await all).tools.length, 1_000);
});

test('two tools of one name are refused, on one page or on two: which of them would be called?', async () => {
  const { work: same } = await offer(() => ({ tools: named('a', 'a') }));
  assert.equal(await failure(same), 'malformed: two of its tools have the same name');
  const { work: apart } = await offer(({ cursor }) =>
    cursor === undefined ? { tools: named('a'), nextCursor: 'x' } : { tools: named('a') },
  );
  assert.equal(await failure(apart), 'malformed: two of its tools have the same name');
});

test('a list, a tool or a cursor that is none is refused', async () => {
  for (const tools of [undefined, {}, [1], [{ name: 'a' }], [{ name: 1, inputSchema: {} }], [{ inputSchema: {} }]]) {
    const { work } = await offer(() => ({ tools }));
    assert.equal(await failure(work), 'malformed: its list of tools is none', JSON.stringify(tools));
  }
  for (const nextCursor of [1, null, {}, ['x']]) {
    const { work } = await offer(() => ({ tools: [], nextCursor }));
    assert.equal(await failure(work), 'malformed: its cursor is no text');
  }
});
