import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

test('a context takes no new members, and keeps those that it has', () => {
  const isolate = configure(testSettings());
  const work = isolate({ request: 'r1' });
  assert.equal(Reflect.set(work, 'left', 'alice'), false);
  assert.equal(Reflect.defineProperty(work, 'left', { value: 'alice' }), false);
  assert.equal(Reflect.setPrototypeOf(work, { left: 'alice' }), false);
  assert.deepEqual(work, { request: 'r1' });
});

test('nothing is shared between two contexts', () => {
  const isolate = configure(testSettings());
  const [first, second] = [isolate({ request: 'r1' }), isolate({ request: 'r2' })];
  assert.throws(() => Object.assign(first, { left: 'alice' }), TypeError);
  assert.equal(Reflect.get(second, 'left'), undefined);
});

test('with the control off, what one call leaves the next finds', () => {
  const isolate = configure(testSettings({ weakened: new Set(['shared-state']) }));
  Object.assign(isolate({ request: 'r1' }), { left: 'alice' });
  const second = isolate({ request: 'r2' });
  assert.equal(Reflect.get(second, 'left'), 'alice');
  assert.equal(second.request, 'r2');
});
