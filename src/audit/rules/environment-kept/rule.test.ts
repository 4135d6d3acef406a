import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('environment-kept passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('environment-kept fails a server with the flaw environment', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['environment']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('a secret that stood in its environment comes out on standard error'),
    messagesOf(judged).join('\n'),
  );
});
