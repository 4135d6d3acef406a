import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('open-input-schema passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('open-input-schema fails a server with the flaw open', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['open']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(
    messagesOf(judged).includes('1 of 2 tools: they take arguments that they do not declare'),
    messagesOf(judged).join('\n'),
  );
});
