import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

test('a handler runs where its tool says', () => {
  const place = configure(new Set());
  assert.equal(place({ sandbox: 'none' }), 'none');
  assert.equal(place({ sandbox: 'worker' }), 'worker');
  assert.equal(place({ sandbox: 'process' }), 'process');
});

test('without the control every handler runs in the host', () => {
  const place = configure(new Set(['sandboxed-tools']));
  assert.equal(place({ sandbox: 'process' }), 'none');
  assert.equal(place({ sandbox: 'worker' }), 'none');
});

test('another control that is off changes nothing', () => {
  assert.equal(configure(new Set(['deadline']))({ sandbox: 'process' }), 'process');
});
