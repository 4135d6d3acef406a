import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('stdout-messages passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('stdout-messages fails a server with the flaw chatty', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['chatty']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('writes a line to standard output that no client can read'),
    messagesOf(judged).join('\n'),
  );
});
