import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { errorCodeOf, resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { createSqliteStore } from '../../src/stores/sqlite.ts';
import { addressIn, callTool, doneIn, startApprovalWorld } from '../support/approval-world.ts';
import { scratch } from '../support/interop.ts';

const URL_CLIENT = { capabilities: { elicitation: { url: {} } } };
const FORM_CLIENT = { capabilities: { elicitation: { form: {} } } };
const YES = { 'portcullis/approval': { action: 'accept', content: { approve: true } } };

function stateOf(reply: Reply): unknown {
  const result = resultOf(reply);
  assert.equal(result?.['resultType'], 'input_required', reply.text);
  return result['requestState'];
}

const answered = (requestState: unknown, inputResponses: JsonObject = YES): JsonObject => ({
  requestState,
  inputResponses,
});

suite('approved on the page', () => {
  test('a critical call is decided there, and used once', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice');
    const first = await callTool(alice, 'close', { account: 7 });
    assert.match(textOf(first), /A person has to approve this operation\..*APPROVAL_REQUIRED/s);
    const url = addressIn(first);
    const after = await world.decide('alice', url, 'approve', 'as agreed');
    assert.match(after.body, /Approved\. The client can go on/);
    assert.deepEqual(world.effects, []);
    assert.equal(doneIn(await callTool(alice, 'close', { account: 7 })), 'close 7');
    assert.notEqual(addressIn(await callTool(alice, 'close', { account: 7 })), url);
    assert.deepEqual(world.effects, ['close 7']);
    const steps = world.events.filter(({ kind }) => kind === 'approval');
    assert.deepEqual(
      steps.map(({ target, before, after: now }) => [target, before, now]),
      [
        ['close', undefined, 'asked'],
        ['close', 'pending', 'granted'],
        ['close', undefined, 'used'],
        ['close', undefined, 'asked'],
      ],
    );
    assert.match(steps[1]?.detail ?? '', /^on the page by [\w-]{43}: as agreed$/);
  });

  test('by URL elicitation the call waits for the decision, and past the deadline of its handler', async (t) => {
    const world = await startApprovalWorld(t, { deployment: { limits: { handlerMs: 200 } } });
    const alice = await world.connect('alice', URL_CLIENT);
    const first = await callTool(alice, 'close', { account: 7 });
    const inputResponses = { 'portcullis/approval': { action: 'accept' } };
    const waiting = callTool(alice, 'close', { account: 7 }, answered(stateOf(first), inputResponses));
    await pause(300);
    await world.decide('alice', addressIn(first), 'approve');
    assert.equal(doneIn(await waiting), 'close 7');
    assert.deepEqual(world.effects, ['close 7']);
  });

  test('what the client answers to the address is no decision', async (t) => {
    const world = await startApprovalWorld(t, { deployment: { limits: { approvalWaitMs: 50 } } });
    const alice = await world.connect('alice', { capabilities: { elicitation: { form: {}, url: {} } } });
    const first = await callTool(alice, 'close', { account: 7 });
    let state = stateOf(first);
    for (const answer of [YES['portcullis/approval'], { action: 'accept' }, { action: 'accept', content: {} }]) {
      const inputResponses = { 'portcullis/approval': answer };
      const reply = await callTool(alice, 'close', { account: 7 }, answered(state, inputResponses));
      assert.equal(addressIn(reply), addressIn(first));
      state = stateOf(reply);
    }
    const declined = { 'portcullis/approval': { action: 'decline' } };
    assert.match(textOf(await callTool(alice, 'close', { account: 7 }, answered(state, declined))), /APPROVAL_DENIED/);
    // A declined request is over for the page as well.
    assert.match((await world.decide('alice', addressIn(first), 'approve')).body, /Not done|no such request|Denied/);
    assert.deepEqual(world.effects, []);
  });

  test('it opens for nothing that differs: arguments, tool, principal, client', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice');
    const url = addressIn(await callTool(alice, 'close', { account: 7 }));
    await world.decide('alice', url, 'approve');
    const bob = await world.connect('bob');
    const other = await world.connect('alice', { clientId: 'agent-2' });
    const attempts: readonly (readonly [Connection, string, JsonObject])[] = [
      [alice, 'close', { account: 8 }],
      [alice, 'close', { account: 7, note: 'none' }],
      [alice, 'close', { account: 7, note: 'and more' }],
      [alice, 'refund', { account: 7 }],
      [bob, 'close', { account: 7 }],
      [other, 'close', { account: 7 }],
    ];
    for (const [connection, name, args] of attempts) {
      const reply = await callTool(connection, name, args);
      assert.match(textOf(reply), /APPROVAL_REQUIRED/, `${name} ${JSON.stringify(args)}`);
      assert.notEqual(addressIn(reply), url);
    }
    assert.deepEqual(world.effects, []);
    assert.equal(doneIn(await callTool(alice, 'close', { account: 7 })), 'close 7');
  });

  test('of forty calls at once over two instances one is done', async (t) => {
    const world = await startApprovalWorld(t, { deployment: { limits: { concurrentPerPrincipal: 64 } } });
    const second = await world.instance();
    const alice = await world.connect('alice');
    const url = addressIn(await callTool(alice, 'close', { account: 7 }));
    await world.decide('alice', url, 'approve');
    const there = await world.connect('alice', { host: second });
    const calls = Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? alice : there).request(
        'tools/call',
        { name: 'close', arguments: { account: 7 } },
        index % 2 === 0 ? {} : { headers: { host: `127.0.0.1:${second.settings.http?.port}` } },
      ),
    );
    const replies = await Promise.all(calls);
    assert.deepEqual(replies.map(doneIn).filter(Boolean), ['close 7']);
    assert.deepEqual(world.effects, ['close 7']);
  });

  test('it survives a restart, and not another key', async (t) => {
    const file = join(await scratch(t), 'state.db');
    const keys = [randomBytes(32)];
    const world = await startApprovalWorld(t, { deployment: { store: createSqliteStore({ file }), keys } });
    const alice = await world.connect('alice');
    await world.decide('alice', addressIn(await callTool(alice, 'close', { account: 7 })), 'approve');
    await world.host.close();
    const reopened = createSqliteStore({ file });
    t.after(() => reopened.close());
    const host = async (more: object) => {
      const instance = await world.instance({ store: reopened, ...more });
      const connection = await world.connect('alice', { host: instance });
      const { port } = instance.settings.http ?? {};
      return connection.request(
        'tools/call',
        { name: 'close', arguments: { account: 7 } },
        { headers: { host: `127.0.0.1:${port}` } },
      );
    };
    assert.equal(doneIn(await host({ keys: [randomBytes(32)] })), undefined);
    assert.equal(doneIn(await host({})), 'close 7');
    assert.deepEqual(world.effects, ['close 7']);
  });

  test('it does not outlive the rules under which it was given', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice');
    await world.decide('alice', addressIn(await callTool(alice, 'close', { account: 7 })), 'approve');
    const changed = await world.instance({}, { version: '1.0.1' });
    const there = await world.connect('alice', { host: changed });
    const { port } = changed.settings.http ?? {};
    const params = { name: 'close', arguments: { account: 7 } };
    const reply = await there.request('tools/call', params, { headers: { host: `127.0.0.1:${port}` } });
    assert.match(textOf(reply), /APPROVAL_REQUIRED/);
    assert.deepEqual(world.effects, []);
  });

  test('it lapses: before the decision, and before the use', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const world = await startApprovalWorld(t, { approvals: { ttl: '30s' } });
    const alice = await world.connect('alice');
    const { browser, shown } = await world.signIn('alice');
    assert.match(shown.body, /Nothing waits for you/);
    const url = addressIn(await callTool(alice, 'close', { account: 7 }));
    t.mock.timers.tick(30_000);
    assert.match((await browser.visit(url)).body, /Expired\. Nothing was done/);
    const second = addressIn(await callTool(alice, 'close', { account: 7 }));
    assert.notEqual(second, url);
    assert.match((await world.decide('alice', second, 'approve')).body, /Approved/);
    t.mock.timers.tick(30_000);
    assert.match(textOf(await callTool(alice, 'close', { account: 7 })), /APPROVAL_REQUIRED/);
    assert.deepEqual(world.effects, []);
  });

  test('a denied call is refused, and not asked about again', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice');
    await world.decide('alice', addressIn(await callTool(alice, 'close', { account: 7 })), 'deny', 'no');
    for (let count = 0; count < 3; count += 1)
      assert.match(textOf(await callTool(alice, 'close', { account: 7 })), /APPROVAL_DENIED/);
    assert.equal(world.events.filter(({ kind, after }) => kind === 'approval' && after === 'asked').length, 1);
    assert.deepEqual(world.effects, []);
  });

  test('an identical request that is open is used again, and others are bounded', async (t) => {
    const world = await startApprovalWorld(t, { deployment: { limits: { approvalPrompts: 3 } } });
    const alice = await world.connect('alice');
    const same = await Promise.all(
      Array.from({ length: 3 }, async () => addressIn(await callTool(alice, 'close', { account: 1 }))),
    );
    assert.equal(new Set(same).size, 1);
    const replies: Reply[] = [];
    for (const account of [2, 3, 4, 5]) replies.push(await callTool(alice, 'close', { account }));
    const refused = replies.findLast((reply) => reply.status === 429);
    assert.equal(errorCodeOf(refused), 42901);
    assert.ok(Number(refused?.headers['retry-after']) > 60);
    // The bound is this principal's and this tool's.
    const bob = await world.connect('bob');
    assert.notEqual(addressIn(await callTool(bob, 'close', { account: 9 })), '');
  });

  test('whoever can write to the store can make none', async (t) => {
    const world = await startApprovalWorld(t);
    const { store } = world.host.settings;
    const alice = await world.connect('alice');
    const id = addressIn(await callTool(alice, 'close', { account: 7 })).slice(-22);
    const sealed = await store.get(`approval:${id}`);
    assert.match(sealed ?? '', /^p1\./);
    const forged = JSON.stringify({ id, state: 'approved' });
    const other = addressIn(await callTool(alice, 'close', { account: 8 })).slice(-22);
    await world.decide('alice', `${world.page}?id=${other}`, 'approve');
    // Forged, and moved from the request that was approved.
    for (const value of [
      forged,
      `p1.${Buffer.from(forged).toString('base64url')}`,
      await store.get(`approval:${other}`),
    ]) {
      await store.put(`approval:${id}`, value ?? '', 60_000);
      assert.equal(doneIn(await callTool(alice, 'close', { account: 7 })), undefined);
    }
    // The index led to the approved request of another call.
    for (const key of await store.keys('approval-of:', 10)) await store.put(key, other, 60_000);
    assert.equal(doneIn(await callTool(alice, 'close', { account: 7 })), undefined);
    assert.deepEqual(world.effects, []);
  });

  test('nothing that a model can write is an approval', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice');
    const id = addressIn(await callTool(alice, 'close', { account: 7 })).slice(-22);
    for (const forged of [{ approval: id }, { approved: true }, { approve: true }, { 'portcullis/approved': id }]) {
      assert.equal(doneIn(await callTool(alice, 'close', { account: 7, ...forged })), undefined);
      const meta = { _meta: forged };
      assert.equal(doneIn(await callTool(alice, 'close', { account: 7 }, meta)), undefined);
    }
    const params = { name: 'close', arguments: { account: 7 } };
    for (const name of ['x-portcullis-approval', 'x-approval', 'approval', 'cookie'])
      assert.equal(doneIn(await alice.request('tools/call', params, { headers: { [name]: id } })), undefined);
    // The endpoint's token counts for nothing on the page.
    const bearer = { authorization: `Bearer ${await world.token('alice')}` };
    const form = new URLSearchParams({ id, decision: 'approve', token: '' });
    const headers = { ...bearer, origin: world.origin };
    const posted = await fetch(world.page, { method: 'POST', body: form, headers, redirect: 'manual' });
    assert.equal(posted.status, 403);
    const listed = resultOf(await alice.request('tools/list'));
    assert.deepEqual(
      (Array.isArray(listed?.['tools']) ? listed['tools'] : []).map(({ name }) => name),
      ['refund', 'close', 'merge'],
    );
    assert.deepEqual(world.effects, []);
  });
});

suite('approved in the client', () => {
  test('a destructive call shows what would run, and runs once', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', FORM_CLIENT);
    const first = await callTool(alice, 'refund', { account: 7, note: 'pay\u202e \u200bout\n\u{e0041}' });
    const question = JSON.stringify(resultOf(first)?.['inputRequests']);
    assert.match(question, /desk asks for your approval/);
    assert.match(question, /account: 7/);
    assert.match(
      question,
      /pay\\\\u\{202e\} \\\\u\{200b\}out\\\\\\\\n\\\\u\{e0041\}|pay\\\\u\{202e\} \\\\u\{200b\}out/,
    );
    assert.match(question, /Asked by the client: agent-1/);
    assert.doesNotMatch(question, /"default"/);
    const args = { account: 7, note: 'pay\u202e \u200bout\n\u{e0041}' };
    const state = stateOf(first);
    assert.equal(doneIn(await callTool(alice, 'refund', args, answered(state))), 'refund 7');
    const replayed = await callTool(alice, 'refund', args, answered(state));
    assert.equal(errorCodeOf(replayed), -32602);
    assert.deepEqual(world.effects, ['refund 7']);
  });

  test('its state opens for nothing else', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', FORM_CLIENT);
    const begin = async () => stateOf(await callTool(alice, 'refund', { account: 7 }));
    const bob = await world.connect('bob', FORM_CLIENT);
    const other = await world.connect('alice', { ...FORM_CLIENT, clientId: 'agent-2' });
    const attempts: readonly (readonly [Connection, string, JsonObject])[] = [
      [alice, 'refund', { account: 8 }],
      [alice, 'refund', { account: 7, note: 'x' }],
      [alice, 'close', { account: 7 }],
      [bob, 'refund', { account: 7 }],
      [other, 'refund', { account: 7 }],
    ];
    for (const [connection, name, args] of attempts) {
      const reply = await callTool(connection, name, args, answered(await begin()));
      assert.equal(errorCodeOf(reply), -32602, `${name} ${JSON.stringify(args)}`);
    }
    assert.deepEqual(world.effects, []);
  });

  test('it is answered at a second instance, and at both at once by one', async (t) => {
    const world = await startApprovalWorld(t);
    const second = await world.instance();
    const alice = await world.connect('alice', FORM_CLIENT);
    const there = await world.connect('alice', { ...FORM_CLIENT, host: second });
    const headers = { headers: { host: `127.0.0.1:${second.settings.http?.port}` } };
    for (let account = 1; account <= 8; account += 1) {
      const state = stateOf(await callTool(alice, 'refund', { account }));
      const params = { name: 'refund', arguments: { account }, ...answered(state) };
      const replies = await Promise.all([
        there.request('tools/call', params, headers),
        alice.request('tools/call', params),
      ]);
      assert.deepEqual(replies.map(doneIn).filter(Boolean), [`refund ${account}`]);
    }
    assert.equal(world.effects.length, 8);
  });

  test('of two forms for the same call the newest counts', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', FORM_CLIENT);
    const [old, fresh] = [
      stateOf(await callTool(alice, 'refund', { account: 7 })),
      stateOf(await callTool(alice, 'refund', { account: 7 })),
    ];
    assert.match(textOf(await callTool(alice, 'refund', { account: 7 }, answered(old))), /APPROVAL_DENIED/);
    assert.equal(doneIn(await callTool(alice, 'refund', { account: 7 }, answered(fresh))), 'refund 7');
    assert.deepEqual(world.effects, ['refund 7']);
  });

  test('an answer that comes too late, or is no answer, changes nothing', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const world = await startApprovalWorld(t, { approvals: { ttl: '30s' } });
    const alice = await world.connect('alice', FORM_CLIENT);
    const late = stateOf(await callTool(alice, 'refund', { account: 1 }));
    t.mock.timers.tick(30_000);
    assert.match(textOf(await callTool(alice, 'refund', { account: 1 }, answered(late))), /APPROVAL_DENIED/);
    for (const answer of [
      {},
      { action: 'accept' },
      { action: 'accept', content: { approve: 'yes' } },
      { action: 'accept', content: { approve: 1 } },
      { action: 'accept', content: { approve: [true] } },
      { action: 'ACCEPT', content: { approve: true } },
      { content: { approve: true } },
    ]) {
      const state = stateOf(await callTool(alice, 'refund', { account: 2 }));
      const inputResponses = { 'portcullis/approval': answer };
      // It is asked again, as what is missing is (basic/patterns/mrtr#error-handling).
      stateOf(await callTool(alice, 'refund', { account: 2 }, answered(state, inputResponses)));
    }
    assert.deepEqual(world.effects, []);
  });

  test('an answer that was asked for by nobody is none', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', FORM_CLIENT);
    stateOf(await callTool(alice, 'refund', { account: 7 }, { inputResponses: YES }));
    for (const key of ['portcullis/approved', 'portcullis/asked', 'approval', 'input-1', '__proto__x']) {
      const state = stateOf(await callTool(alice, 'refund', { account: 7 }));
      const inputResponses = { [key]: { action: 'accept', content: { approve: true } } };
      stateOf(await callTool(alice, 'refund', { account: 7 }, answered(state, inputResponses)));
    }
    assert.deepEqual(world.effects, []);
  });

  test('after three declined requests nobody is asked for a while', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', FORM_CLIENT);
    for (const account of [1, 2, 3]) {
      const state = stateOf(await callTool(alice, 'refund', { account }));
      const inputResponses = { 'portcullis/approval': { action: 'decline' } };
      const reply = await callTool(alice, 'refund', { account }, answered(state, inputResponses));
      assert.match(textOf(reply), /APPROVAL_DENIED/);
    }
    assert.equal((await callTool(alice, 'refund', { account: 4 })).status, 429);
    const other = await world.connect('alice', { ...FORM_CLIENT, clientId: 'agent-2' });
    stateOf(await callTool(other, 'refund', { account: 4 }));
    assert.deepEqual(world.effects, []);
  });
});

suite('with a handler that asks something itself', () => {
  test('the approval is not asked for twice, and good once', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', FORM_CLIENT);
    await world.decide('alice', addressIn(await callTool(alice, 'merge', { account: 7 })), 'approve');
    const first = await callTool(alice, 'merge', { account: 7 });
    const state = stateOf(first);
    assert.deepEqual(Object.keys(resultOf(first)?.['inputRequests'] ?? {}), ['into']);
    const into = { into: { action: 'accept', content: { account: 8 } } };
    assert.equal(doneIn(await callTool(alice, 'merge', { account: 7 }, answered(state, into))), 'merge 7 into 8');
    assert.equal(errorCodeOf(await callTool(alice, 'merge', { account: 7 }, answered(state, into))), -32602);
    // The state of one call approves no other.
    assert.match(textOf(await callTool(alice, 'merge', { account: 7 })), /APPROVAL_REQUIRED/);
    assert.deepEqual(world.effects, ['merge 7 into 8']);
  });
});

suite('in the legacy era', () => {
  test('a destructive call is asked about within the call', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', { ...FORM_CLIENT, era: 'legacy' });
    const asked: JsonObject[] = [];
    const call = (account: number, answer: JsonObject) =>
      alice.request(
        'tools/call',
        { name: 'refund', arguments: { account } },
        {
          answer(question) {
            asked.push(question);
            return answer;
          },
        },
      );
    assert.equal(doneIn(await call(7, { action: 'accept', content: { approve: true } })), 'refund 7');
    assert.match(JSON.stringify(asked), /account: 7/);
    for (const no of [{ action: 'decline' }, { action: 'accept' }, { action: 'accept', content: { approve: 'y' } }, {}])
      assert.match(textOf(await call(8, no)), /APPROVAL_DENIED/);
    assert.deepEqual(world.effects, ['refund 7']);
  });

  test('a call is cancelled while the person is asked, and nobody is approved afterwards', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', { ...FORM_CLIENT, era: 'legacy' });
    const caller = new AbortController();
    const asked: JsonObject[] = [];
    const params = { name: 'refund', arguments: { account: 7 } };
    await alice.request('tools/call', params, {
      signal: caller.signal,
      answer(question) {
        asked.push(question);
        caller.abort();
        return undefined;
      },
    });
    assert.equal(asked.length, 1);
    assert.deepEqual(world.effects, []);
  });

  test('a critical call waits for the page, and the client hears that it is complete', async (t) => {
    const world = await startApprovalWorld(t);
    const alice = await world.connect('alice', { capabilities: { elicitation: { form: {}, url: {} } }, era: 'legacy' });
    const heard: JsonObject[] = [];
    const deciding: Promise<unknown>[] = [];
    const reply = await alice.request(
      'tools/call',
      { name: 'close', arguments: { account: 7 } },
      {
        answer(question) {
          const { url, elicitationId } = question['params'] as { url: string; elicitationId: string };
          assert.equal(url, `${world.page}?id=${elicitationId}`);
          deciding.push(world.decide('alice', url, 'approve'));
          return { action: 'accept' };
        },
        onNotification: (notification) => heard.push(notification),
      },
    );
    await Promise.all(deciding);
    assert.equal(doneIn(reply), 'close 7');
    assert.deepEqual(
      heard.map(({ method }) => method),
      ['notifications/elicitation/complete'],
    );
    assert.deepEqual(world.effects, ['close 7']);
  });
});
