import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('typed-params passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('typed-params fails a server with the flaw untyped', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['untyped']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('serves a tool that does not exist'), messagesOf(judged).join('\n'));
  assert.ok(messagesOf(judged).includes('serves a cursor that is a number'), messagesOf(judged).join('\n'));
});
