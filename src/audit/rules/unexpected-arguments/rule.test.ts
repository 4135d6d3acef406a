import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('unexpected-arguments passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('unexpected-arguments fails a server with the flaw extra', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['extra']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('serves a call of look with an argument that it does not declare'),
    messagesOf(judged).join('\n'),
  );
});
