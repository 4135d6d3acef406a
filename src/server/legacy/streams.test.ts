import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, errorOf, LIST, messages, readUntil, resultOf, withServer } from '../../../test/support/legacy-http.ts';

describe('streams', () => {
  test('another principal cannot answer a question, and a late answer reaches nobody', () =>
    withServer(async ({ mint, send, open }) => {
      const token = await mint();
      const session = await open(token, '2025-11-25', { roots: {} });
      const response = await send('POST', token, session, call(9, 'ask', { what: 'roots' }));
      const reader = response.body?.getReader();
      assert.ok(reader !== undefined);
      assert.match(await readUntil(reader, 'roots/list'), /"id":"ask-1"/);
      const answer = (uri: string) => ({ jsonrpc: '2.0', id: 'ask-1', result: { roots: [{ uri }] } });
      const stranger = await send('POST', await mint({ sub: 'mallory' }), session, answer('file:///planted'));
      assert.equal(stranger.status, 404);
      assert.equal((await send('POST', token, session, answer('file:///home'))).status, 202);
      const rest = await readUntil(reader, '"id":9');
      assert.match(rest, /file:\/\/\/home/);
      assert.equal((await send('POST', token, session, answer('file:///late'))).status, 202);
    }));

  test('a question that is not answered ends with the deadline of the call', () =>
    withServer(
      async ({ mint, send, open }) => {
        const token = await mint();
        const session = await open(token, '2025-11-25', { roots: {} });
        const seen = await messages(await send('POST', token, session, call(1, 'ask', { what: 'roots' })));
        assert.deepEqual(
          seen.map(({ method }) => method),
          ['roots/list', 'notifications/cancelled', undefined],
        );
        assert.equal(JSON.stringify(seen[1]?.['params']).slice(0, 21), '{"requestId":"ask-1",');
        const { content, isError } = resultOf(seen[2]) as { content: { text: string }[]; isError: boolean };
        assert.equal(isError, true);
        assert.match(content[0]?.text ?? '', /DEADLINE_EXCEEDED/);
      },
      { limits: { handlerMaxMs: 100 } },
    ));

  test('a client that goes away has not cancelled, and finds the answer when it comes back', () =>
    withServer(async ({ mint, send, open, done }) => {
      const token = await mint();
      const session = await open(token, '2025-11-25', { roots: {} });
      const response = await send('POST', token, session, call(4, 'ask', { what: 'roots' }), {
        'mcp-protocol-version': '2025-11-25',
      });
      const reader = response.body?.getReader();
      assert.ok(reader !== undefined);
      const seen = await readUntil(reader, 'roots/list');
      const last = /^id: (.+)$/m.exec(seen)?.[1] ?? '';
      await reader.cancel();
      await send('POST', token, session, { jsonrpc: '2.0', id: 'ask-1', result: { roots: [] } });
      let resumed = await send('GET', token, session, undefined, { 'last-event-id': last });
      while (resumed.status === 429) resumed = await send('GET', token, session, undefined, { 'last-event-id': last });
      const text = await resumed.text();
      assert.match(text, /"id":4,"result":\{"content":\[\{"type":"text","text":"\[\]"\}\]\}/);
      const other = await open(token);
      const foreign = await send('GET', token, other, undefined, { 'last-event-id': last });
      assert.equal((await foreign.text()).includes('"id":4'), false);
      assert.deepEqual(done, []);
    }));

  test('changes are told by the rights of the token that listens', () =>
    withServer(async ({ mint, send, open, host }) => {
      const wide = await mint({ scope: 'notes:read notes:secret' });
      const session = await open(wide);
      const watch = (id: number, uri: string, token = wide) =>
        send('POST', token, session, { jsonrpc: '2.0', id, method: 'resources/subscribe', params: { uri } });
      assert.equal((await watch(1, 'notes://secret', await mint())).status, 403);
      assert.deepEqual(await messages(await watch(2, 'notes://secret')), [{ jsonrpc: '2.0', id: 2, result: {} }]);
      await messages(await watch(3, 'notes://today'));
      const listening = await send('GET', await mint(), session);
      const reader = listening.body?.getReader();
      assert.ok(reader !== undefined);
      host.changed({ kind: 'resource', uri: 'notes://secret' });
      host.changed({ kind: 'resource', uri: 'notes://note/unwatched' });
      host.changed({ kind: 'resource', uri: 'notes://today' });
      const text = await readUntil(reader, 'notes://today');
      assert.equal(text.includes('notes://secret') || text.includes('unwatched'), false);
      await reader.cancel();
    }));

  test('the newest stream for changes wins', () =>
    withServer(async ({ mint, send, open }) => {
      const token = await mint();
      const session = await open(token);
      const first = await send('GET', token, session);
      const second = await send('GET', token, session);
      assert.equal(await first.text(), '');
      assert.equal(second.status, 200);
      assert.equal(second.headers.get('x-content-type-options'), 'nosniff');
      await second.body?.cancel();
      const json = await send('GET', token, session, undefined, { accept: 'application/json' });
      assert.equal(json.status, 406);
    }));

  test('a stream ends with the token that opened it', () =>
    withServer(
      async ({ mint, send, open }) => {
        const session = await open(await mint());
        const now = Math.floor(Date.now() / 1000);
        const stream = await send('GET', await mint({ exp: now + 1 }), session);
        assert.equal(stream.status, 200);
        await stream.text();
        assert.ok(Date.now() >= (now + 1) * 1000);
      },
      { clockSkewSeconds: 0 },
    ));

  test('streams are counted, and given back', () =>
    withServer(
      async ({ mint, send, open }) => {
        const token = await mint();
        const [one, two] = [await open(token), await open(token)];
        const stream = await send('GET', token, one);
        const refused = await send('GET', token, two);
        assert.equal(refused.status, 429);
        assert.equal((await errorOf(refused)).data.code, 'STREAM_LIMIT');
        await stream.body?.cancel();
        let status = 429;
        while (status === 429) {
          const next = await send('GET', token, two);
          ({ status } = next);
          await next.body?.cancel();
        }
        assert.equal(status, 200);
      },
      { limits: { streamsPerPrincipal: 1 } },
    ));

  test('an id that is in use is refused', () =>
    withServer(async ({ mint, send, open, done }) => {
      const token = await mint();
      const session = await open(token);
      const waiting = await send('POST', token, session, call(1, 'wait'));
      while (!done.includes('waiting')) await send('POST', token, session, { jsonrpc: '2.0', id: 2, method: 'ping' });
      assert.equal((await errorOf(await send('POST', token, session, LIST))).data.code, 'MESSAGE_INVALID');
      const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
      assert.equal((await send('POST', token, session, cancel)).status, 202);
      assert.equal((await messages(waiting)).length, 0);
      assert.deepEqual(done, ['waiting', 'stopped']);
      assert.equal((await send('POST', token, session, LIST)).status, 200);
    }));
});
