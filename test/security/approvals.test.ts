import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import { addressIn, callTool, doneIn, startApprovalWorld } from '../support/approval-world.ts';

test('a critical call is decided on the page, and used once', async (t) => {
  const world = await startApprovalWorld(t);
  const alice = await world.connect('alice');
  const first = await callTool(alice, 'close', { account: 7 });
  assert.match(textOf(first), /A person has to approve this operation\..*APPROVAL_REQUIRED/s);
  const url = addressIn(first);
  const after = await world.decide('alice', url, 'approve', 'as agreed');
  assert.match(after.body, /Approved\. The client can go on/);
  assert.deepEqual(world.effects, []);
  assert.equal(doneIn(await callTool(alice, 'close', { account: 7 })), 'close 7');
  const again = await callTool(alice, 'close', { account: 7 });
  assert.notEqual(addressIn(again), url);
  assert.deepEqual(world.effects, ['close 7']);
});

test('by URL elicitation the call waits for the page', async (t) => {
  const world = await startApprovalWorld(t);
  const alice = await world.connect('alice', { capabilities: { elicitation: { url: {} } } });
  const first = await callTool(alice, 'close', { account: 7 });
  const url = addressIn(first);
  assert.notEqual(url, '');
  const inputResponses = { 'portcullis/approval': { action: 'accept' } };
  const requestState = resultOf(first)?.['requestState'];
  const waiting = callTool(alice, 'close', { account: 7 }, { requestState, inputResponses });
  await world.decide('alice', url, 'approve');
  assert.equal(doneIn(await waiting), 'close 7');
  assert.deepEqual(world.effects, ['close 7']);
});
