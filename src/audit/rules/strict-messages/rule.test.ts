import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('strict-messages passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('strict-messages fails a server with the flaw lenient', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['lenient']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('serves a batch, which MCP took out'), messagesOf(judged).join('\n'));
  assert.ok(messagesOf(judged).includes('serves a request of another JSON-RPC version'), messagesOf(judged).join('\n'));
  assert.ok(messagesOf(judged).includes('serves a request that is an answer as well'), messagesOf(judged).join('\n'));
});

test('strict-messages fails a server with the flaw dies', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['dies']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('no longer serves after malformed messages'), messagesOf(judged).join('\n'));
});
