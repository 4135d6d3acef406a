import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { closeSharedIssuer, type Way } from '../../src/prove/target.ts';
import { eventually } from '../support/eventually.ts';
import { startHostileHttp } from '../support/upstreams/hostile-http.ts';
import { pinUrls, startUrlGateway } from '../support/url-gateway.ts';
import { startUrlUpstream, type UrlKind, type UrlUpstream } from '../support/url-upstreams.ts';

// Upstreams behind URLs, of the official SDK and of an attacker, behind a gateway that is served by the real host.

const TOOLS = { say: { effect: 'read' }, slow: { effect: 'read', timeout: '1s' } } as const;
const CALL = { effect: 'read' } as const;

after(closeSharedIssuer);

const call = (connection: Connection, tool: string, args: object): Promise<Reply> =>
  connection.request('tools/call', { name: tool, arguments: args });
const say = (connection: Connection, text: string): Promise<Reply> => call(connection, 'up__say', { text });

/** The code of a refusal; `served` where there was none. */
function codeOf(reply: Reply): string {
  const [, code] = /(?:\(|"code":")([A-Z_]+)(?:, request [\w-]+\)|")/.exec(JSON.stringify(reply.message)) ?? [];
  if (code !== undefined) return code;
  return resultOf(reply) === undefined || resultOf(reply)?.['isError'] === true ? reply.text : 'served';
}

const calls = ({ seen }: UrlUpstream): number => seen.filter(({ message }) => message === 'tools/call').length;

const KINDS: readonly (readonly [UrlKind, 'modern' | 'legacy'])[] = [
  ['modern', 'modern'],
  ['stateful', 'legacy'],
  ['stateless', 'legacy'],
];
const WAYS: readonly Way[] = [
  { transport: 'http', era: 'modern' },
  { transport: 'http', era: 'legacy' },
];

for (const way of WAYS) {
  for (const [kind, era] of KINDS) {
    test(`a ${way.era} client is served by a ${kind} upstream of SDK ${era === 'modern' ? 2 : 1}`, async (t) => {
      const upstream = await startUrlUpstream(kind);
      t.after(() => upstream.close());
      const options = { url: upstream.url, tools: TOOLS };
      const pinned = await pinUrls({ up: options });
      assert.equal(pinned.lock.upstreams['up']?.era, era);
      const running = await startUrlGateway({ up: options }, way, {}, pinned);
      t.after(running.stop);
      assert.deepEqual(running.held, []);
      const connection = await running.target.connect();
      const listed = resultOf(await connection.request('tools/list'))?.['tools'];
      assert.match(JSON.stringify(listed), /"up__say".*"up__slow"/);
      upstream.seen.length = 0;
      assert.equal(textOf(await say(connection, 'hello')), 'said hello');
      assert.equal(textOf(await say(connection, 'again')), 'said again');
      assert.equal(codeOf(await call(connection, 'up__say', { text: 1 })), 'ARGUMENTS_INVALID');
      assert.equal(codeOf(await call(connection, 'up__slow', { text: 'x' })), 'DEADLINE_EXCEEDED');
      assert.equal(textOf(await say(connection, 'third')), 'said third');
      // One request of the gateway is one of the upstream, in the era that is pinned.
      assert.equal(calls(upstream), 4);
      const unwanted = era === 'modern' ? 'initialize' : 'server/discover';
      assert.ok(!upstream.seen.some(({ message }) => message === unwanted));
      await connection.close();
    });
  }
}

test('each principal has a session and connections of their own, and shared ones share', async (t) => {
  const upstream = await startUrlUpstream('stateful');
  t.after(() => upstream.close());
  const own = { url: upstream.url, tools: { say: { effect: 'read' } } } as const;
  const running = await startUrlGateway({ up: own, all: { ...own, isolation: 'shared' } }, WAYS[0] as Way);
  t.after(running.stop);
  const { target } = running;
  const as = async (sub: string): Promise<Connection> =>
    target.connect({ token: (await target.mint?.({ sub, scope: 'up:read all:read' })) ?? null });
  const [alice, bob] = [await as('alice'), await as('bob')];
  const sessions = async (tool: string): Promise<readonly unknown[]> => {
    upstream.seen.length = 0;
    for (const connection of [alice, bob, alice]) await call(connection, tool, { text: 'x' });
    const made = upstream.seen.filter(({ message }) => message === 'tools/call');
    const [first, second] = made;
    if (tool === 'up__say') assert.notEqual(first?.port, second?.port);
    return made.map(({ headers }) => headers['mcp-session-id']);
  };
  const [one, two, three] = await sessions('up__say');
  assert.ok(typeof one === 'string' && typeof two === 'string');
  assert.notEqual(one, two);
  assert.equal(one, three);
  assert.equal(new Set(await sessions('all__say')).size, 1);
});

test('a session that the upstream has forgotten costs one call, and the next one has a new session', async (t) => {
  const upstream = await startUrlUpstream('stateful');
  t.after(() => upstream.close());
  const running = await startUrlGateway({ up: { url: upstream.url, tools: TOOLS } }, WAYS[0] as Way);
  t.after(running.stop);
  const connection = await running.target.connect();
  assert.equal(codeOf(await say(connection, 'a')), 'served');
  upstream.forget();
  upstream.seen.length = 0;
  await eventually(async () => codeOf(await say(connection, 'b')) === 'served');
  assert.ok(upstream.seen.some(({ message }) => message === 'initialize'));
});

for (const kind of ['modern', 'stateful'] as const) {
  test(`a ${kind} upstream that tells of a change is held before the next call`, async (t) => {
    const upstream = await startUrlUpstream(kind);
    t.after(() => upstream.close());
    const running = await startUrlGateway({ up: { url: upstream.url, tools: TOOLS } }, WAYS[0] as Way);
    t.after(running.stop);
    const connection = await running.target.connect();
    assert.equal(codeOf(await say(connection, 'a')), 'served');
    const listens = (): boolean =>
      upstream.seen.some(({ method, message }) => method === 'GET' || message === 'subscriptions/listen');
    await eventually(listens);
    upstream.change();
    await eventually(async () => codeOf(await say(connection, 'b')) === 'DEFINITION_HELD');
  });
}

test('an upstream whose era is not the pinned one any more fails, and is not spoken to in the other', async (t) => {
  const modern = await startUrlUpstream('modern');
  t.after(() => modern.close());
  const options = { url: modern.url, tools: TOOLS };
  const { lock, ready } = await pinUrls({ up: options });
  const pinned = lock.upstreams['up'];
  assert.ok(pinned !== undefined);
  const altered = { lock: { ...lock, upstreams: { up: { ...pinned, era: 'legacy' as const } } }, ready };
  const running = await startUrlGateway({ up: options }, WAYS[0] as Way, {}, altered);
  t.after(running.stop);
  modern.seen.length = 0;
  assert.equal(codeOf(await say(await running.target.connect(), 'a')), 'UPSTREAM_FAILED');
  assert.deepEqual(
    modern.seen.map(({ message }) => message),
    ['initialize'],
  );
  const other = await pinUrls({ up: { ...options, era: 'modern' } });
  const configured = await startUrlGateway({}, WAYS[0] as Way, {}, { lock: altered.lock, ready: other.ready });
  t.after(configured.stop);
  assert.deepEqual(configured.held, [
    'up: it is pinned in the legacy era, and configured in another. Run: portcullis gateway pin',
  ]);
});

test('another URL is another upstream, whatever it offers', async (t) => {
  const [first, second] = [await startUrlUpstream('modern'), await startUrlUpstream('modern')];
  t.after(() => Promise.all([first.close(), second.close()]));
  const { lock } = await pinUrls({ up: { url: first.url, tools: TOOLS } });
  const { ready } = await pinUrls({ up: { url: second.url, tools: TOOLS } });
  const running = await startUrlGateway({}, WAYS[0] as Way, {}, { lock, ready });
  t.after(running.stop);
  assert.deepEqual(running.held, [`up: ${second.url} is not what was pinned. Run: portcullis gateway pin`]);
});

/** What an upstream does in a call, and what its caller is told. */
const BROKEN: readonly (readonly [string, string])[] = [
  ['html', 'UPSTREAM_FAILED'],
  ['wrong-id', 'UPSTREAM_FAILED'],
  ['giant', 'UPSTREAM_FAILED'],
  ['gzip', 'UPSTREAM_FAILED'],
  ['redirect', 'UPSTREAM_FAILED'],
  ['no-http', 'UPSTREAM_FAILED'],
  ['unauthorized', 'UPSTREAM_FAILED'],
  ['drip', 'DEADLINE_EXCEEDED'],
];

for (const era of ['modern', 'legacy'] as const) {
  test(`what a broken ${era} upstream does costs its own call, and says nothing of it outside`, async (t) => {
    const upstream = await startHostileHttp({ era, elsewhere: 'http://169.254.169.254/latest/' });
    const fine = await startHostileHttp({ era });
    t.after(() => Promise.all([upstream.close(), fine.close()]));
    const tools = { act: { ...CALL, timeout: '2s' } };
    const urls = { up: { url: upstream.url, tools }, fine: { url: fine.url, tools } };
    const running = await startUrlGateway(urls, { transport: 'http', era });
    t.after(running.stop);
    const connection = await running.target.connect();
    for (const [act, code] of BROKEN) {
      const reply = await call(connection, 'up__act', { act });
      assert.equal(codeOf(reply), code, act);
      assert.doesNotMatch(reply.text, /127\.0\.0\.1|169\.254|HPE|gzip|status/);
      assert.equal(textOf(await call(connection, 'fine__act', { act: 'fine' })), 'fine');
    }
    assert.deepEqual(
      upstream.calls,
      BROKEN.map(([act]) => act),
    );
  });
}
