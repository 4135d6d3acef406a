import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('honest-hints passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('honest-hints fails a server with the flaw dishonest', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['dishonest']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('1 of 2 tools: they say that they only read, and are named for a change'),
    messagesOf(judged).join('\n'),
  );
});
