import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('written-modes passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('written-modes fails a server with the flaw writes', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['writes']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('leaves files or folders that every user of the machine may change'),
    messagesOf(judged).join('\n'),
  );
});
