import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLaunched, LAUNCHES } from '../../../../test/support/launched.ts';
import { rule } from './rule.ts';

test('poisoned-texts passes a server that is right', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule);
  assert.equal(judged?.status, 'pass', judged?.why);
});

test('poisoned-texts fails a server with the flaw poison', LAUNCHES, async (t) => {
  const judged = await judgeLaunched(t, rule, ['poison']);
  assert.equal(judged?.status, 'fail', judged?.why);
});
