import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartBudget } from './start-budget.ts';

test('starts in a row are bounded, one principal at a time, and come back with time', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'] });
  let calls = 0;
  const budget = new StartBudget(2, () => void (calls += 1));
  const start = (principal: string): boolean => {
    if (!budget.has(principal)) return false;
    budget.take(principal);
    return true;
  };
  assert.deepEqual([start('a'), start('a'), start('a'), start('b')], [true, true, false, true]);
  t.mock.timers.tick(999);
  assert.deepEqual([calls, start('a')], [0, false]);
  t.mock.timers.tick(1);
  assert.equal(calls, 1);
  assert.deepEqual([start('a'), start('a')], [true, false]);
  t.mock.timers.tick(10_000);
  budget.sweep();
  assert.deepEqual([start('a'), start('a'), start('a')], [true, true, false]);
  budget.close();
});
