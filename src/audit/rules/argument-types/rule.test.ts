import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('argument-types passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('argument-types fails a server with the flaw types', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['types']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('serves a call of look with "limit" of the wrong type'),
    messagesOf(judged).join('\n'),
  );
});
