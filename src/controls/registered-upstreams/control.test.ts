import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const register = configure(new Set());
const off = configure(new Set(['registered-upstreams']));
const sound = { unanswered: undefined, revoked: undefined };

test('an upstream is routed to when somebody answers for it, and nobody has revoked it', () => {
  assert.equal(register.problem(sound), undefined);
  assert.equal(register.problem({ ...sound, unanswered: 'nobody answers for it' }), 'nobody answers for it');
  assert.equal(
    register.problem({ ...sound, revoked: { by: 'ann', reason: 'it leaks' } }),
    'ann has revoked it: it leaks',
  );
  assert.equal(register.problem({ ...sound, revoked: { by: 'ann' } }), 'ann has revoked it: no reason');
});

test('of what it offers the listed items are routed to', () => {
  assert.deepEqual(register.routed({ a: 1 }, ['a', 'b'], 0), { a: 1 });
});

test('with the control off everything is routed to', () => {
  assert.equal(off.problem({ unanswered: 'nobody', revoked: { by: 'ann' } }), undefined);
  assert.deepEqual(off.routed({ a: 1 }, ['a', 'b'], 0), { a: 1, b: 0 });
});
