import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { startHostileHttp, type HostileHttpOptions } from '../../../test/support/upstreams/hostile-http.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Credential } from '../credentials/credential.ts';
import { LinkError, type LinkCall } from '../link.ts';
import { HttpLink } from './link.ts';
import { reaching, readRemote } from './reach.ts';

const CALL: LinkCall = { timeoutMs: 60_000 };

/** A connection to a hostile upstream, and what a call of it comes to. */
async function open(t: TestContext, how: HostileHttpOptions, credential?: Credential) {
  const upstream = await startHostileHttp(how);
  t.after(() => upstream.close());
  const { place } = readRemote('up', { url: upstream.url });
  const heard: string[] = [];
  const log = (line: string): void => void heard.push(line);
  const connector = reaching({ id: 'up', place, era: how.era, tls: {}, credential, log });
  const running = await connector.connect('alice', {
    changed: () => heard.push('changed'),
    closed: () => heard.push('closed'),
  });
  t.after(() => running.stop());
  const { link } = running.session;
  const call = async (act: string, more: Partial<LinkCall> = {}): Promise<string> => {
    try {
      const result = await link.request('tools/call', { name: 'act', arguments: { act } }, { ...CALL, ...more });
      return JSON.stringify(result['content']);
    } catch (error) {
      assert.ok(error instanceof LinkError, String(error));
      return `${error.reason}: ${error.detail}`;
    }
  };
  return { upstream, link, call, heard };
}

const FINE = '[{"type":"text","text":"fine"}]';
const BROKEN: readonly (readonly [string, RegExp])[] = [
  ['wrong-id', /^malformed: it answers another request$/],
  ['text-id', /^malformed: it answers another request$/],
  ['no-id', /^malformed: it answers another request$/],
  ['wrong-id-event', /^malformed: it answers another request$/],
  ['list', /^malformed: it sent something that is no message$/],
  ['html', /^malformed: it answers with the content type "text\/html"$/],
  ['no-type', /^malformed: it answers with the content type ""$/],
  ['other-charset', /^malformed: it answers with the content type "application\/json"$/],
  ['accepted', /^malformed: it answers a request with the status 202$/],
  ['cut', /^closed: the connection to it broke: UND_ERR_SOCKET$/],
  ['cut-events', /^malformed: its stream ended without an answer$/],
  ['no-answer', /^malformed: its stream ended without an answer$/],
  ['garbage', /^malformed: it sent a message that is not valid JSON$/],
  ['twice-a-key', /^malformed: it sent a message that is duplicate key$/],
  ['no-http', /^malformed: what it sent is no HTTP: H/],
  ['bad-chunks', /^malformed: what it sent is no HTTP: H/],
  ['huge-headers', /^malformed: what it sent is no HTTP: (?:H\w+|UND_ERR_HEADERS_OVERFLOW)$/],
  ['giant', /^malformed: its answer has more than 8388608 bytes$/],
  ['giant-event', /^malformed: an event of its stream has more than 8388608 bytes$/],
  ['gzip', /^malformed: it answers in the encoding "gzip"$/],
  ['brotli', /^malformed: it answers in the encoding "br"$/],
  ['unauthorized', /^refused: it answered with the status 401$/],
  ['forbidden', /^refused: it answered with the status 403$/],
  ['unavailable', /^refused: it answered with the status 503$/],
  ['endless-reason', /^refused: it answered with the status 500$/],
];

for (const era of ['modern', 'legacy'] as const) {
  test(`${era}: a broken answer costs its own call a clear error, is asked for once, and the next call is served`, async (t) => {
    const { upstream, call } = await open(t, { era });
    for (const [act, expected] of BROKEN) {
      assert.match(await call(act), expected, act);
      assert.equal(await call('fine'), FINE, `after ${act}`);
    }
    assert.deepEqual(
      upstream.calls,
      BROKEN.flatMap(([act]) => [act, 'fine']),
    );
    assert.equal(await call('events'), FINE);
    assert.equal(await call('twice-answered'), '[{"type":"text","text":"first"}]');
  });

  test(`${era}: what does not come in time, or drips, is over at the deadline`, async (t) => {
    const { upstream, call } = await open(t, { era });
    for (const act of ['hang', 'drip']) {
      assert.equal(await call(act, { timeoutMs: 300 }), 'timeout: no answer within 300 ms');
      assert.equal(await call('fine'), FINE);
    }
    assert.deepEqual(upstream.calls, ['hang', 'fine', 'drip', 'fine']);
  });

  test(`${era}: no redirect is followed, wherever it leads`, async (t) => {
    const canary = await startHostileHttp({ era });
    t.after(() => canary.close());
    for (const elsewhere of [canary.url, 'http://169.254.169.254/latest/meta-data/', '/other', '//evil.example/']) {
      const { upstream, call } = await open(t, { era, elsewhere });
      assert.equal(await call('redirect'), 'malformed: it redirects (307), which is not followed');
      assert.equal(await call('found-elsewhere'), 'malformed: it redirects (302), which is not followed');
      assert.deepEqual(upstream.calls, ['redirect', 'found-elsewhere']);
    }
    assert.deepEqual(canary.asked, []);
  });

  test(`${era}: in the stream of one request there is progress of no other`, async (t) => {
    const { upstream, call } = await open(t, { era });
    const heard: number[] = [];
    const leaves = new AbortController();
    const onProgress: LinkCall['onProgress'] = ({ progress }) => void heard.push(progress);
    const waits = call('hang', { onProgress, signal: leaves.signal });
    await eventually(() => upstream.calls.includes('hang'));
    assert.equal(await call('progress-of-another', { onProgress }), FINE);
    leaves.abort();
    assert.equal(await waits, 'cancelled: the caller left');
    assert.deepEqual(heard, []);
  });

  test(`${era}: a flood of notifications in an answer ends the link`, async (t) => {
    const { call, link } = await open(t, { era });
    assert.equal(await call('flood'), 'closed: it sent more than 10000 messages that answer nothing');
    assert.equal(link.open, false);
    assert.match(await call('fine'), /^closed: /);
  });

  test(`${era}: a 401 is tried once more where the credential says so, and never again; a 403 never`, async (t) => {
    const refusals: string[] = [];
    let given = 0;
    const credential: Credential = {
      kind: 'test',
      headers: (principal) => Promise.resolve({ authorization: `Bearer ${principal}-${(given += 1)}` }),
      refused: (principal, status, challenge) => {
        refusals.push(`${principal} ${status} ${challenge ?? ''}`);
        return Promise.resolve(true);
      },
    };
    const { upstream, call } = await open(t, { era }, credential);
    assert.equal(await call('unauthorized'), 'refused: it answered with the status 401');
    assert.equal(await call('forbidden'), 'refused: it answered with the status 403');
    assert.deepEqual(upstream.calls, ['unauthorized', 'unauthorized', 'forbidden']);
    assert.deepEqual(refusals, [
      'alice 401 Bearer error="invalid_token"',
      'alice 401 Bearer error="invalid_token"',
      'alice 403 Bearer scope="more"',
    ]);
    assert.match(String(upstream.headers()['authorization']), /^Bearer alice-\d+$/);
  });

  test(`${era}: where there is no credential nothing is sent`, async (t) => {
    let isThere = true;
    const credential: Credential = {
      kind: 'test',
      headers: () => (isThere ? Promise.resolve({}) : Promise.reject(new LinkError('refused', 'sign in first'))),
      refused: () => Promise.resolve(false),
    };
    const { upstream, call } = await open(t, { era }, credential);
    isThere = false;
    assert.equal(await call('fine'), 'refused: sign in first');
    assert.deepEqual(upstream.calls, []);
  });

  test(`${era}: a call whose caller has left is not sent, or its stream is closed`, async (t) => {
    const { upstream, call } = await open(t, { era });
    assert.equal(await call('fine', { signal: AbortSignal.abort() }), 'cancelled: before it was asked');
    const leaving = new AbortController();
    const hanging = call('hang', { signal: leaving.signal });
    await eventually(() => upstream.calls.length === 1);
    leaving.abort();
    assert.equal(await hanging, 'cancelled: the caller left');
    assert.equal(await call('fine'), FINE);
    assert.deepEqual(upstream.calls, ['hang', 'fine']);
    if (era === 'legacy') await eventually(() => upstream.asked.includes('notifications/cancelled'));
    else assert.ok(!upstream.asked.includes('notifications/cancelled'));
  });
}

test('legacy: a session that another answer names, or that is gone, ends the link', async (t) => {
  for (const [act, why] of [
    ['other-session', 'closed: it answered in another session'],
    ['gone', 'closed: it has ended the session'],
  ] as const) {
    const { call, link, heard, upstream } = await open(t, { era: 'legacy' });
    assert.equal(upstream.headers()['mcp-session-id'], 'session-1');
    assert.equal(await call(act), why);
    assert.equal(link.open, false);
    assert.ok(heard.includes('closed'));
  }
});

test('legacy: requests of an upstream are refused, but for a ping', async (t) => {
  const { call, upstream } = await open(t, { era: 'legacy' });
  assert.equal(await call('asks'), FINE);
  const answers = (): readonly string[] => upstream.asked.filter((each) => each.startsWith('answered')).toSorted();
  await eventually(() => answers().length === 3);
  assert.deepEqual(answers(), ['answered "ping"', 'answered "roots/list"', 'answered "sampling/createMessage"']);
});

test('modern: requests of an upstream get no answer, and those in a result are refused', async (t) => {
  const { call, upstream } = await open(t, { era: 'modern' });
  assert.equal(await call('asks'), FINE);
  assert.equal(
    await call('input'),
    'refused: it asks for input in the middle of a call, which is closed: elicitation/create',
  );
  assert.equal(await call('other-type'), 'malformed: its result is of no type that is known');
  assert.deepEqual(
    upstream.asked.filter((each) => each.startsWith('answered')),
    [],
  );
});

test('modern: each request says in its headers what is in its body', async (t) => {
  const { call, upstream } = await open(t, { era: 'modern' });
  await call('fine');
  const { accept, 'content-type': type, ...headers } = upstream.headers();
  assert.equal(accept, 'application/json, text/event-stream');
  assert.equal(type, 'application/json');
  assert.equal(headers['mcp-protocol-version'], '2026-07-28');
  assert.equal(headers['mcp-method'], 'tools/call');
  assert.equal(headers['mcp-name'], 'act');
  assert.equal(headers['accept-encoding'], 'identity');
  assert.equal(headers['mcp-session-id'], undefined);
});

test('legacy: a stream that breaks off is gone on with, and the call is not sent again', async (t) => {
  const { call, upstream } = await open(t, { era: 'legacy' });
  assert.equal(await call('resumed'), '[{"type":"text","text":"resumed"}]');
  assert.deepEqual(upstream.calls, ['resumed']);
  const modern = await open(t, { era: 'modern' });
  assert.equal(await modern.call('resumed'), 'malformed: its stream ended without an answer');
  assert.deepEqual(modern.upstream.calls, ['resumed']);
});

test('legacy: a call that has begun is not sent again when going on with it is refused', async (t) => {
  const credential: Credential = {
    kind: 'test',
    headers: () => Promise.resolve({ authorization: 'Bearer fresh' }),
    refused: () => Promise.resolve(true),
  };
  const { upstream, call } = await open(t, { era: 'legacy' }, credential);
  assert.equal(await call('refused-later'), 'refused: it answered with the status 401');
  assert.deepEqual(upstream.calls, ['refused-later']);
});

test('legacy: what an upstream asks in the stream of a call is answered by that call alone', async (t) => {
  const { link, upstream } = await open(t, { era: 'legacy' });
  const heard: string[] = [];
  const onRequest = (method: string): Promise<JsonObject> => {
    heard.push(method);
    return method === 'roots/list'
      ? Promise.resolve({ roots: [] })
      : Promise.reject(new LinkError('refused', 'closed'));
  };
  const deaf = link.request('tools/call', { name: 'act', arguments: { act: 'asks' } }, CALL);
  const asked = link.request('tools/call', { name: 'act', arguments: { act: 'asks' } }, { ...CALL, onRequest });
  await Promise.all([deaf, asked]);
  assert.deepEqual(heard, ['sampling/createMessage', 'roots/list']);
  await eventually(() => upstream.asked.filter((each) => each.startsWith('answered')).length === 6);
});

test('legacy: a question of no stream is put to nobody while requests of several principals wait', async (t) => {
  const { link } = await open(t, { era: 'legacy' });
  assert.ok(link instanceof HttpLink);
  const heard: string[] = [];
  const { signal, abort } = leaving();
  const of = (owner: string): Promise<unknown> => {
    const onRequest = (method: string): Promise<JsonObject> => {
      heard.push(`${owner}: ${method}`);
      return new Promise(() => undefined);
    };
    const call = {
      ...CALL,
      owner,
      signal,
      onRequest,
      onLog: (_: string, text: string) => heard.push(`${owner}: ${text}`),
    };
    return link.request('tools/call', { name: 'act', arguments: { act: 'hang' } }, call).catch(() => undefined);
  };
  const hers = of('alice');
  link.heard({ id: 'a', method: 'elicitation/create', params: {} });
  // Hers is at a standstill now, and what else it asks and says is not for him.
  const his = of('bob');
  link.heard({ id: 'b', method: 'elicitation/create', params: {} });
  link.heard({ method: 'notifications/message', params: { level: 'info', data: 'hers' } });
  assert.deepEqual(heard, ['alice: elicitation/create']);
  abort();
  await Promise.all([hers, his]);
});

function leaving(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
