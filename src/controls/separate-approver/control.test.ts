import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const separate = configure(new Set());
const off = configure(new Set(['separate-approver']));

test('nobody approves their own, in whatever spelling', () => {
  for (const approver of ['ann@example.com', 'Ann@Example.com', ' ann@example.com ', '\uFF41nn@example.com'])
    assert.equal(separate.isOwn('ann@example.com', approver), true, approver);
  assert.equal(separate.isOwn('Ann  Lee', 'ann lee'), true);
  for (const approver of ['bob@example.com', 'ann@example.org', ''])
    assert.equal(separate.isOwn('ann@example.com', approver), false);
});

test('what went another way than step by step is not served', () => {
  assert.equal(separate.orderProblem('it cannot go from scanned to approved'), 'it cannot go from scanned to approved');
  assert.equal(separate.orderProblem(undefined), undefined);
});

test('with the control off anybody approves, in any order', () => {
  assert.equal(off.isOwn('ann', 'ann'), false);
  assert.equal(off.orderProblem('it cannot go from scanned to approved'), undefined);
});
