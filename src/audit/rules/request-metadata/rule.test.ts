import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('request-metadata passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('request-metadata fails a server with the flaw no-meta', LAUNCHES, async (t) => {
  const both = await judgeLaunched(t, rule, ['no-meta']);
  assert.equal(both?.status, 'fail', both?.why);
  // Of a server of both eras it may be a request of the legacy one.
  assert.ok(!messagesOf(both).includes('serves a request without its _meta'));
  const judged = await judgeLaunched(t, rule, ['no-meta'], { eras: ['modern'] });
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('serves a request without its _meta'), messagesOf(judged).join('\n'));
  assert.ok(
    messagesOf(judged).includes('serves a protocol version that does not exist'),
    messagesOf(judged).join('\n'),
  );
});
