import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, errorOf, initialize, LIST, messages, resultOf, withServer } from '../../../test/support/legacy-http.ts';
import { insecureWithoutSessionBinding } from '../../insecure.ts';

const SESSION_ID = /^[A-Za-z0-9_-]{43}$/;

describe('sessions', () => {
  test('the id is random, and known to its owner alone', () =>
    withServer(async ({ mint, open, send }) => {
      const alice = await mint();
      const session = await open(alice);
      assert.match(session, SESSION_ID);
      assert.notEqual(await open(alice), session);
      assert.equal((await send('POST', alice, session, LIST)).status, 200);
      const strangers = [await mint({ sub: 'mallory' }), await mint({ client_id: 'another-client' })];
      for (const token of strangers) {
        for (const method of ['POST', 'GET', 'DELETE']) {
          const refused = await send(method, token, session, method === 'POST' ? LIST : undefined);
          assert.equal(refused.status, 404, method);
          assert.equal((await errorOf(refused)).data.code, 'SESSION_UNKNOWN');
        }
      }
      const unknown = await send('POST', alice, 'A'.repeat(43), LIST);
      assert.equal(unknown.status, 404);
      assert.equal((await errorOf(unknown)).data.code, 'SESSION_UNKNOWN');
      assert.equal((await send('POST', alice, session, LIST)).status, 200);
    }));

  test('with the control off, a stolen id serves its thief as the owner', () =>
    withServer(
      async ({ mint, open, send }) => {
        const session = await open(await mint({ sub: 'alice' }));
        const stolen = await send('POST', await mint({ sub: 'mallory' }), session, call(1, 'echo', { phrase: 'x' }));
        const [answer] = await messages(stolen);
        assert.deepEqual(resultOf(answer)['structuredContent'], {
          phrase: 'x',
          caller: 'alice',
        });
      },
      {},
      [insecureWithoutSessionBinding],
    ));

  test('an id is no credential: without a valid token there is nothing', () =>
    withServer(async ({ mint, open, send }) => {
      const session = await open(await mint());
      const now = Math.floor(Date.now() / 1000);
      const expired = await mint({ iat: now - 900, exp: now - 600 });
      const foreign = await mint({ aud: 'https://other.example/mcp' });
      for (const token of [undefined, expired, foreign]) {
        for (const method of ['POST', 'GET', 'DELETE']) {
          const refused = await send(method, token, session, method === 'POST' ? LIST : undefined);
          assert.equal(refused.status, 401, method);
          assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer .*resource_metadata=/);
          await refused.text();
        }
      }
    }));

  test('each request is authorized by its own token, and a refusal is an HTTP one', () =>
    withServer(async ({ mint, open, send }) => {
      const narrow = await mint();
      const wide = await mint({ scope: 'notes:read notes:write' });
      const session = await open(wide);
      const refused = await send('POST', narrow, session, call(1, 'erase'));
      assert.equal(refused.status, 403);
      assert.equal(refused.headers.get('content-type'), 'application/json');
      assert.match(refused.headers.get('www-authenticate') ?? '', /error="insufficient_scope".*scope="notes:write"/);
      await refused.text();
      const [done] = await messages(await send('POST', wide, session, call(2, 'erase')));
      assert.deepEqual(done?.['result'], { content: [{ type: 'text', text: 'erased' }] });
    }));

  test('DELETE ends a session, and what it had in progress', () =>
    withServer(async ({ mint, open, send, done, events, host }) => {
      const token = await mint();
      const session = await open(token);
      const waiting = await send('POST', token, session, call(1, 'wait'));
      while (!done.includes('waiting')) await send('POST', token, session, LIST);
      assert.equal((await send('DELETE', token, session)).status, 200);
      await waiting.text();
      assert.ok(done.includes('stopped'));
      assert.equal((await send('POST', token, session, LIST)).status, 404);
      assert.equal((await send('DELETE', token, session)).status, 404);
      const seen = events.filter(({ kind }) => kind === 'session');
      assert.deepEqual(
        seen.map(({ after }) => after),
        ['open', 'deleted'],
      );
      assert.equal(seen[0]?.target, host.settings.digest(session));
      assert.equal(JSON.stringify(events).includes(session), false);
    }));

  test('a session ends by age, however much it is used', () =>
    withServer(
      async ({ mint, open, send }) => {
        const token = await mint();
        const session = await open(token);
        let status = 200;
        while (status === 200) ({ status } = await send('POST', token, session, LIST));
        assert.equal(status, 404);
      },
      { limits: { sessionMs: 50 } },
    ));

  test('a principal has so many sessions and no more, and another has its own', () =>
    withServer(
      async ({ mint, open, send }) => {
        const token = await mint();
        const first = await open(token);
        await open(token);
        const third = await send('POST', token, undefined, initialize());
        assert.equal(third.status, 429);
        assert.equal(third.headers.get('mcp-session-id'), null);
        assert.equal((await errorOf(third)).data.code, 'SESSION_LIMIT');
        await open(await mint({ sub: 'bob' }));
        await send('DELETE', token, first);
        await open(token);
      },
      { limits: { sessionsPerPrincipal: 2 } },
    ));

  test('revoking a principal ends its sessions and its tokens', () =>
    withServer(async ({ mint, open, send, host, events }) => {
      const token = await mint();
      const session = await open(token);
      const stream = await send('GET', token, session);
      await host.revoke(events.find(({ kind }) => kind === 'session')?.principal ?? '');
      assert.equal(await stream.text(), '');
      assert.equal((await send('POST', token, session, LIST)).status, 401);
    }));

  test('a request outside of a session is refused, and so is a second initialize', () =>
    withServer(async ({ mint, open, send }) => {
      const token = await mint();
      const outside = await send('POST', token, undefined, LIST);
      assert.equal(outside.status, 400);
      assert.equal((await errorOf(outside)).data.code, 'SESSION_REQUIRED');
      for (const method of ['GET', 'DELETE']) assert.equal((await send(method, token)).status, 405);
      const session = await open(token);
      const again = await send('POST', token, session, initialize());
      assert.equal((await errorOf(again)).data.code, 'MESSAGE_INVALID');
    }));
});

describe('messages', () => {
  test('the revision is negotiated, and a header that names none of ours is refused', () =>
    withServer(async ({ mint, send, open }) => {
      const token = await mint();
      for (const [wanted, given] of [
        ['2025-11-25', '2025-11-25'],
        ['2025-06-18', '2025-06-18'],
        ['2025-03-26', '2025-03-26'],
        ['2024-11-05', '2025-11-25'],
        ['2099-01-01', '2025-11-25'],
      ]) {
        const [answer] = await messages(await send('POST', token, undefined, initialize(wanted)));
        assert.equal(resultOf(answer)['protocolVersion'], given);
      }
      const session = await open(token);
      for (const version of ['2024-11-05', '2026-01-01', 'x']) {
        const headers = { 'mcp-protocol-version': version };
        assert.equal((await send('POST', token, session, LIST, headers)).status, 400, version);
        assert.equal((await send('GET', token, session, undefined, headers)).status, 400, version);
      }
    }));

  test('an older revision gets the members that it has', () =>
    withServer(async ({ mint, send, open }) => {
      const token = await mint();
      const session = await open(token, '2025-03-26');
      const [list] = await messages(await send('POST', token, session, LIST));
      const { tools } = resultOf(list) as { tools: Record<string, unknown>[] };
      assert.deepEqual(Object.keys(tools[0] ?? {}).sort(), ['annotations', 'description', 'inputSchema', 'name']);
      const [echo] = await messages(await send('POST', token, session, call(2, 'echo', { phrase: 'x' })));
      assert.deepEqual(echo?.['result'], { content: [{ type: 'text', text: '{"phrase":"x","caller":"alice"}' }] });
    }));

  test('batches, broken bodies and unknown methods', () =>
    withServer(async ({ mint, send, open }) => {
      const token = await mint();
      const session = await open(token);
      const batch = await send('POST', token, session, [LIST]);
      assert.equal(batch.status, 400);
      assert.equal((await errorOf(batch)).data.code, 'BATCH_REFUSED');
      const broken = await send('POST', token, session, '{"jsonrpc":', { 'mcp-protocol-version': '2025-11-25' });
      assert.equal(broken.status, 400);
      assert.equal((await errorOf(broken)).code, -32700);
      for (const method of ['tasks/list', 'server/discover', 'subscriptions/listen', 'toString']) {
        const unknown = await send('POST', token, session, { jsonrpc: '2.0', id: 5, method, params: {} });
        assert.equal(unknown.status, 200, method);
        assert.equal((await errorOf(unknown)).code, -32601, method);
      }
      const params = await send('POST', token, session, { jsonrpc: '2.0', id: 6, method: 'tools/call', params: {} });
      assert.equal((await errorOf(params)).code, -32602);
      const twice = '{"jsonrpc":"2.0","id":7,"method":"ping","id":8}';
      assert.equal((await errorOf(await send('POST', token, session, twice))).code, -32700);
    }));

  test('notifications and unasked answers are taken with 202 and change nothing', () =>
    withServer(async ({ mint, send, open }) => {
      const token = await mint();
      const session = await open(token);
      for (const body of [
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 77 } },
        { jsonrpc: '2.0', id: 'ask-1', result: { action: 'accept' } },
        { jsonrpc: '2.0', id: 3, error: { code: -1, message: 'no' } },
      ]) {
        const taken = await send('POST', token, session, body);
        assert.equal(taken.status, 202);
        assert.equal(await taken.text(), '');
        const stranger = await mint({ sub: 'mallory' });
        assert.equal((await send('POST', stranger, session, body)).status, 404);
      }
    }));

  test('a malformed initialize opens no session', () =>
    withServer(
      async ({ mint, send, open }) => {
        const token = await mint();
        for (const params of [{}, { ...(initialize() as { params: object }).params, capabilities: { sampling: 7 } }]) {
          const refused = await send('POST', token, undefined, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
          assert.equal((await errorOf(refused)).code, -32602);
          assert.equal(refused.headers.get('mcp-session-id'), null);
        }
        await open(token);
      },
      { limits: { sessionsPerPrincipal: 1 } },
    ));
});
