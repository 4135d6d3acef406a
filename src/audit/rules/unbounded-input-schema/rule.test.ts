import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('unbounded-input-schema passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('unbounded-input-schema fails a server with the flaw unbounded', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['unbounded']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('1 of 2 tools: texts of any length'), messagesOf(judged).join('\n'));
});
