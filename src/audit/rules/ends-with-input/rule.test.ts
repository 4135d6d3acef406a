import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('ends-with-input passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('ends-with-input fails a server with the flaw lingers', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['lingers']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('still runs 10 s after its input has ended'), messagesOf(judged).join('\n'));
});
