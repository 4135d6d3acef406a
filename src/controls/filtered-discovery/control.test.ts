import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const ENTRIES = [
  { name: 'read', scopes: ['a'] },
  { name: 'write', scopes: ['a', 'b'] },
  { name: 'other', scopes: ['c'] },
];

function names(scopes: readonly string[], weakened: readonly string[] = []): readonly string[] {
  const visible = configure(testSettings({ weakened: new Set(weakened) }));
  return visible(ENTRIES, principal({ scopes: new Set(scopes) })).map(({ name }) => name);
}

test('what a caller may use is what it sees, in the order of declaration', () => {
  assert.deepEqual(names([]), []);
  assert.deepEqual(names(['a']), ['read']);
  assert.deepEqual(names(['b']), []);
  assert.deepEqual(names(['c', 'b', 'a']), ['read', 'write', 'other']);
});

test('a list does not depend on what was listed before', () => {
  const visible = configure(testSettings());
  const few = principal({ scopes: new Set(['a']) });
  const before = visible(ENTRIES, few);
  visible(ENTRIES, principal({ scopes: new Set(['a', 'b', 'c']) }));
  assert.deepEqual(visible(ENTRIES, few), before);
});

test('without the control everyone sees everything', () => {
  assert.deepEqual(names([], ['filtered-discovery']), ['read', 'write', 'other']);
});
