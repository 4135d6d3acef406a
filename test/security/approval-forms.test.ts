import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { errorCodeOf, resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection } from '../../src/audit/rule.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import {
  addressIn,
  answered,
  callTool,
  doneIn,
  FORM_CLIENT,
  startApprovalWorld,
  stateOf,
  YES,
} from '../support/approval-world.ts';

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
