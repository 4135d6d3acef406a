import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('local-sockets passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('local-sockets fails a server with the flaw listens', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['listens']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('waits for connections from every network of the machine'),
    messagesOf(judged).join('\n'),
  );
});
