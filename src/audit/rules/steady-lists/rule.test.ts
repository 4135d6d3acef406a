import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('steady-lists passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('steady-lists fails a server with the flaw drift', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['drift']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('"look" says something else of itself in a list after a few calls'),
    messagesOf(judged).join('\n'),
  );
});
