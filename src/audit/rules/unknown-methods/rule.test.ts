import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('unknown-methods passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('unknown-methods fails a server with the flaw any-method', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['any-method']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('serves a method that does not exist'), messagesOf(judged).join('\n'));
});
