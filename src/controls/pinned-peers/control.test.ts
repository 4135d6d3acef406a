import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const check = configure(new Set());
const KEY = Buffer.from('a key');
const PIN = 'j6Oqsvqpt54KA5jaW1q9B4AUJEKlvoC5pkYI1xjLH80=';

test('a peer shows a key that is pinned', () => {
  assert.equal(check(KEY, ['AAAA', PIN]), undefined);
});

test('another key, none, and a pin that is cut short are refused', () => {
  assert.match(check(Buffer.from('another'), [PIN]) ?? '', /^its key \S{44} is none of those that are pinned$/);
  assert.equal(check(undefined, [PIN]), 'it shows no certificate');
  for (const pins of [[], [''], [PIN.slice(0, 20)], ['no base64 at all']])
    assert.match(check(KEY, pins) ?? '', /is none of those that are pinned$/);
});

test('with the control off any key is taken', () => {
  const off = configure(new Set(['pinned-peers']));
  assert.equal(off(Buffer.from('another'), [PIN]), undefined);
  assert.equal(off(undefined, [PIN]), undefined);
});
