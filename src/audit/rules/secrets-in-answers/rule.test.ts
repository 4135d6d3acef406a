import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('secrets-in-answers passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('secrets-in-answers fails a server with the flaw secret', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['secret']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('a call of look: holds what looks like a GitHub token'),
    messagesOf(judged).join('\n'),
  );
});
