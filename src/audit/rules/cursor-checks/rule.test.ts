import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES, messagesOf } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('cursor-checks passes a server that takes its own cursors alone', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['sealed-pages']);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('cursor-checks fails a server that takes any', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['pages']);
  assert.equal(judged?.status, 'fail', judged?.why);
  assert.ok(messagesOf(judged).includes('takes a cursor that a client made up'), messagesOf(judged).join('\n'));
});

test('cursor-checks is about nothing where there are no pages', LAUNCHES, async (t) => {
  assert.equal(await judgeLaunched(t, rule), undefined);
});
