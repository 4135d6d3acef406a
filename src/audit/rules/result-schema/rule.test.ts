import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('result-schema passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('result-schema fails a server with the flaw result', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['result']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('a call of look (modern): count must be a whole number'),
    messagesOf(judged).join('\n'),
  );
});
