import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { LinkError, openLink, type Link, type LinkCall, type LinkProgress } from './link.ts';

const CALL: LinkCall = { timeoutMs: 10_000 };

/** A link, and the upstream's hands on the other end of it. */
function pair() {
  const [toHost, toUpstream] = [new PassThrough(), new PassThrough()];
  const sent: Record<string, unknown>[] = [];
  let rest = '';
  toUpstream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) sent.push(JSON.parse(line) as Record<string, unknown>);
  });
  const heard: string[] = [];
  const link = openLink(toHost, toUpstream, {
    changed: (method) => heard.push(`changed ${method}`),
    stray: (what) => heard.push(`stray ${what}`),
    closed: (why) => heard.push(`closed ${why}`),
  });
  const say = (message: unknown): void => void toHost.write(`${JSON.stringify(message)}\n`);
  const answer = (id: unknown, result: unknown = {}): void => say({ jsonrpc: '2.0', id, result });
  return { link, sent, heard, say, answer, raw: toHost, toUpstream };
}

/** How a request fails. */
async function failure(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LinkError, `it did not fail: ${String(error)}`);
  return `${error.reason}: ${error.detail}`;
}

const ask = (link: Link, more: Partial<LinkCall> = {}): Promise<unknown> => link.request('m', {}, { ...CALL, ...more });

test('each answer goes to the request of its id, in whatever order they come', async () => {
  const { link, sent, answer } = pair();
  const [first, second] = [ask(link), ask(link)];
  answer(2, { n: 2 });
  answer(1, { n: 1 });
  assert.deepEqual(await Promise.all([first, second]), [{ n: 1 }, { n: 2 }]);
  await turn();
  assert.deepEqual(
    sent.map(({ id, method }) => [id, method]),
    [
      [1, 'm'],
      [2, 'm'],
    ],
  );
});

test('the first message of a turn goes at once and the others when it ends, or when the link is closed', async () => {
  const { link, sent } = pair();
  const failures = [ask(link), ask(link), ask(link)].map((request) => failure(request));
  assert.equal(sent.length, 1);
  await turn();
  assert.equal(sent.length, 3);
  failures.push(failure(ask(link)), failure(ask(link)));
  link.close('done');
  await turn();
  assert.deepEqual(
    sent.map(({ id }) => id),
    [1, 2, 3, 4, 5],
  );
  for (const each of failures) assert.equal(await each, 'closed: done');
});

test('an answer of a wrong id, a second one and one to nothing reach no request', async () => {
  const { link, heard, answer } = pair();
  const first = ask(link);
  for (const id of ['1', 2, 1.5, null, undefined, [1], { id: 1 }, -1]) answer(id, { wrong: true });
  answer(1, { n: 'first' });
  answer(1, { n: 'again' });
  assert.deepEqual(await first, { n: 'first' });
  const second = ask(link);
  answer(1, { n: 'late' });
  answer(2, { n: 'second' });
  assert.deepEqual(await second, { n: 'second' });
  assert.deepEqual(
    heard,
    Array.from({ length: 10 }, () => 'stray an answer to nothing'),
  );
});

test('an answer has one of result and error, and an error is a refusal of any shape', async () => {
  const { link, say } = pair();
  const cases: readonly (readonly [object, string])[] = [
    [{ result: {}, error: { code: 1, message: 'x' } }, 'malformed: an answer has one of result and error'],
    [{}, 'malformed: an answer has one of result and error'],
    [{ result: 'text' }, 'malformed: an answer has one of result and error'],
    [{ result: [] }, 'malformed: an answer has one of result and error'],
    [{ error: 'text' }, 'malformed: an answer has one of result and error'],
    [{ error: { code: -32602, message: 'no such tool' } }, 'refused: -32602: no such tool'],
    [{ error: {} }, 'refused: nothing: nothing'],
    // A value whose own toString is no function cannot be made a string of.
    [{ error: { code: { toString: 1, valueOf: 1 }, message: [{}] } }, 'refused: {"toString":1,"valueOf":1}: [{}]'],
  ];
  let id = 0;
  for (const [body, expected] of cases) {
    const request = ask(link);
    say({ jsonrpc: '2.0', id: ++id, ...body });
    assert.equal(await failure(request), expected);
  }
  assert.equal(link.open, true);
});

const deep = `${'['.repeat(65)}${']'.repeat(65)}`;
const GARBAGE: readonly (readonly [string, string | Uint8Array, string])[] = [
  ['text', 'Server started on stdio', 'a message that is not valid JSON'],
  ['half a message', '{"jsonrpc":"2.0","id":1,"res', 'a message that is not valid JSON'],
  ['two messages in a line', '{"jsonrpc":"2.0"}{"jsonrpc":"2.0"}', 'a message that is not valid JSON'],
  ['a terminal sequence', '\u001B[2J{}', 'a message that is not valid JSON'],
  ['half a character', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'a message that is not valid UTF-8'],
  ['a byte-order mark', '\uFEFF{"jsonrpc":"2.0","id":1,"result":{}}', 'a message that is not valid JSON'],
  ['a key twice', '{"jsonrpc":"2.0","id":1,"result":{},"id":2}', 'a message that is duplicate key'],
  ['a key twice, escaped', '{"jsonrpc":"2.0","id":1,"i\\u0064":2,"result":{}}', 'a message that is duplicate key'],
  ['a prototype', '{"jsonrpc":"2.0","id":1,"result":{"__proto__":{"x":1}}}', 'a message that is prototype key'],
  ['half a surrogate pair', '{"jsonrpc":"2.0","id":1,"result":{"a":"\\ud800"}}', 'a message that is lone surrogate'],
  ['a number without end', '{"jsonrpc":"2.0","id":1,"result":{"a":1e999}}', 'a message that is number out of range'],
  ['deep nesting', `{"jsonrpc":"2.0","id":1,"result":${deep}}`, 'a message that is nested deeper than 64'],
  ['a list', '[{"jsonrpc":"2.0","id":1,"result":{}}]', 'something that is no message'],
  ['another version', '{"jsonrpc":"1.0","id":1,"result":{}}', 'something that is no message'],
  ['nothing', 'null', 'something that is no message'],
];

for (const [name, line, why] of GARBAGE) {
  test(`a line that is no message ends the link, for nothing after it can be believed: ${name}`, async () => {
    const { link, heard, raw, answer } = pair();
    const request = ask(link);
    raw.write(line);
    raw.write('\n');
    answer(1, { believed: true });
    assert.equal(await failure(request), `closed: it sent ${why}`);
    assert.equal(link.open, false);
    assert.equal(await failure(ask(link)), `closed: it sent ${why}`);
    assert.deepEqual(heard, [`closed it sent ${why}`]);
  });
}

test('a message may come in pieces that cut its characters, with empty lines and carriage returns between', async () => {
  const { link, raw } = pair();
  const request = ask(link);
  const bytes = Buffer.from('\n\r\n{"jsonrpc":"2.0","id":1,"result":{"text":"\u20AC \u{1F600}"}}\r\n');
  for (const byte of bytes) {
    raw.write(Buffer.from([byte]));
    await turn();
  }
  assert.deepEqual(await request, { text: '\u20AC \u{1F600}' });
});

test('a line without end is cut off, and is not held', async () => {
  const { link, raw } = pair();
  const request = failure(ask(link));
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  for (let sent = 0; sent < 9 && link.open; sent++) {
    raw.write(piece);
    await turn();
  }
  assert.equal(await request, 'closed: it sent a message of more than 8388608 bytes');
});

test('an upstream that ends in the middle of a line has answered nothing', async () => {
  const { link, raw } = pair();
  const request = ask(link);
  raw.end('{"jsonrpc":"2.0","id":1,"result":{"a":1}');
  assert.match(await failure(request), /^closed: it sent a message that is not valid JSON$/);
});

test('an input or an output that breaks ends the link, and nothing is thrown', async () => {
  const broken = pair();
  const first = ask(broken.link);
  broken.raw.destroy(new Error('broken'));
  assert.equal(await failure(first), 'closed: it has ended');
  const deaf = pair();
  const second = ask(deaf.link);
  deaf.toUpstream.destroy(new Error('broken'));
  assert.equal(await failure(second), 'closed: it does not read any more');
  deaf.link.close('again');
  deaf.link.notify('n');
  assert.equal(deaf.heard.length, 1);
});

test('what waits for an upstream that never reads is bounded', async () => {
  const silent = new PassThrough({ highWaterMark: 1 });
  const link = openLink(new PassThrough(), silent);
  const big = 'x'.repeat(4 * 1024 * 1024);
  const requests = Array.from({ length: 6 }, () => failure(link.request('m', { big }, CALL)));
  const seen = new Set(await Promise.all(requests));
  assert.deepEqual([...seen], ['closed: it does not read what it is sent']);
  assert.ok(silent.readableLength + silent.writableLength < 24 * 1024 * 1024);
});

test('requests that wait are bounded, and one that is over makes room', async () => {
  const { link, answer } = pair();
  const waiting = Array.from({ length: 256 }, () => ask(link));
  assert.equal(await failure(ask(link)), 'busy: 256 requests wait for it already');
  answer(1);
  await waiting[0];
  waiting.push(ask(link));
  for (let id = 2; id <= 257; id++) answer(id);
  assert.equal((await Promise.all(waiting)).length, 257);
});

test('a call that is cancelled tells the upstream once, and its late answer reaches nobody', async () => {
  const { link, sent, heard, answer } = pair();
  const caller = new AbortController();
  const request = ask(link, { signal: caller.signal });
  caller.abort();
  assert.equal(await failure(request), 'cancelled: the caller left');
  caller.abort();
  const next = ask(link);
  answer(1, { late: true });
  answer(2, { own: true });
  assert.deepEqual(await next, { own: true });
  await turn();
  assert.deepEqual(heard, ['stray an answer to nothing']);
  const cancelled = sent.filter(({ method }) => method === 'notifications/cancelled');
  assert.deepEqual(
    cancelled.map(({ params }) => params),
    [{ requestId: 1, reason: 'cancelled' }],
  );
});

test('a call whose caller has left already is never sent', async () => {
  const { link, sent } = pair();
  assert.equal(await failure(ask(link, { signal: AbortSignal.abort() })), 'cancelled: before it was asked');
  await turn();
  assert.deepEqual(sent, []);
});

test('a call that is not answered in time is over, and is not asked again', async () => {
  const { link, sent, answer } = pair();
  assert.equal(await failure(ask(link, { timeoutMs: 1 })), 'timeout: no answer within 1 ms');
  answer(1, { late: true });
  await turn();
  assert.deepEqual(
    sent.map(({ method }) => method),
    ['m', 'notifications/cancelled'],
  );
});

test('every request of an upstream is refused, but for a ping', async () => {
  const { link, sent, say, answer } = pair();
  const request = ask(link);
  for (const method of ['sampling/createMessage', 'elicitation/create', 'roots/list', 'tools/call', 'x'.repeat(9_999)])
    say({ jsonrpc: '2.0', id: method.slice(0, 20), method, params: {} });
  say({ jsonrpc: '2.0', id: 7, method: 'ping' });
  // A request that takes the id of a call of ours answers nothing.
  say({ jsonrpc: '2.0', id: 1, method: 'roots/list', result: { stolen: true } });
  answer(1, { own: true });
  assert.deepEqual(await request, { own: true });
  await turn();
  const error = { code: -32601, message: 'Not available.' };
  assert.deepEqual(sent.slice(1), [
    { jsonrpc: '2.0', id: 'sampling/createMessage'.slice(0, 20), error },
    { jsonrpc: '2.0', id: 'elicitation/create', error },
    { jsonrpc: '2.0', id: 'roots/list', error },
    { jsonrpc: '2.0', id: 'tools/call', error },
    { jsonrpc: '2.0', id: 'x'.repeat(20), error },
    { jsonrpc: '2.0', id: 7, result: {} },
    { jsonrpc: '2.0', id: 1, error },
  ]);
});

test('a question is put to nobody while requests of several principals wait', async () => {
  const { link, sent, say, answer } = pair();
  const heard: string[] = [];
  const of = (owner: string, asks = true): Promise<unknown> =>
    ask(link, {
      owner,
      onLog: (_level, text) => heard.push(`${owner}: ${text}`),
      ...(asks
        ? {
            onRequest: (method) => {
              heard.push(`${owner}: ${method}`);
              return new Promise(() => undefined);
            },
          }
        : {}),
    });
  const [first, second] = [of('alice'), of('alice')];
  answer(2);
  await second;
  say({ jsonrpc: '2.0', id: 'a', method: 'elicitation/create', params: {} });
  await turn();
  // Hers is at a standstill now, and what else it asks and says is not for him.
  const his = of('bob');
  say({ jsonrpc: '2.0', id: 'b', method: 'elicitation/create', params: {} });
  say({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'hers' } });
  await turn();
  answer(1);
  await first;
  const other = of('carol', false);
  say({ jsonrpc: '2.0', id: 'c', method: 'elicitation/create', params: {} });
  await turn();
  answer(3);
  answer(4);
  await Promise.all([his, other]);
  assert.deepEqual(heard, ['alice: elicitation/create']);
  const error = { code: -32601, message: 'Not available.' };
  assert.deepEqual(
    sent.filter((message) => 'error' in message),
    ['b', 'c'].map((id) => ({ jsonrpc: '2.0', id, error })),
  );
});

const FLOODS: Readonly<Record<string, object>> = {
  notifications: { method: 'notifications/message', params: { level: 'info', data: 'x' } },
  'requests of its own': { id: 1, method: 'sampling/createMessage' },
  'answers to nothing': { id: 99, result: {} },
  progress: { method: 'notifications/progress', params: { progressToken: 1, progress: 1 } },
  'changes of its list': { method: 'notifications/tools/list_changed' },
};

for (const [name, message] of Object.entries(FLOODS)) {
  test(`a flood of ${name} ends the link, and ten thousand a minute do not`, async () => {
    const { link, raw } = pair();
    const request = failure(ask(link));
    const line = `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
    raw.write(line.repeat(10_000));
    await turn();
    assert.equal(link.open, true);
    raw.write(line);
    assert.equal(await request, 'closed: it sent more than 10000 messages that answer nothing');
  });
}

test('progress is heard of the call that asked for it, as numbers', async () => {
  const { link, sent, say, answer } = pair();
  const heard: LinkProgress[] = [];
  const request = ask(link, { onProgress: (progress) => heard.push(progress) });
  const tell = (params: unknown): void => say({ jsonrpc: '2.0', method: 'notifications/progress', params });
  for (const params of [
    { progressToken: 2, progress: 1 },
    { progressToken: '1', progress: 1 },
    { progressToken: 1, progress: 'half' },
    'none',
    { progressToken: 1, progress: 1, total: 'ten', message: 'dropped' },
    { progressToken: 1, progress: 2, total: 4 },
  ])
    tell(params);
  answer(1);
  await request;
  tell({ progressToken: 1, progress: 3 });
  await turn();
  assert.deepEqual(heard, [
    { progress: 1, total: undefined },
    { progress: 2, total: 4 },
  ]);
  assert.deepEqual(sent[0]?.['params'], { _meta: { progressToken: 1 } });
});

test('a change of a list is told, and other notifications are told to be dropped', async () => {
  const { heard, say } = pair();
  for (const method of ['notifications/tools/list_changed', 'notifications/message', 'notifications/unheard-of'])
    say({ jsonrpc: '2.0', method });
  for (const method of ['notifications/message', 'notifications/progress'])
    say({ jsonrpc: '2.0', method, params: { progressToken: 1, progress: 1 } });
  await turn();
  assert.deepEqual(heard, [
    'changed notifications/tools/list_changed',
    'stray the notification notifications/message',
    'stray the notification notifications/unheard-of',
    'stray a log message about nothing',
    'stray progress of nothing',
  ]);
});
