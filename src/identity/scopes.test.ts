import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertScopeName, createScopeExpansion, createScopeRegistry, satisfies } from './scopes.ts';

test('a scope names one capability', () => {
  for (const name of ['notes:read', 'files.write', 'https://example.com/scopes/read', 'admin:users:read', 'allocate']) {
    assertScopeName(name);
  }
  for (const name of [
    '',
    'a b',
    'a"b',
    'a\\b',
    'a\nb',
    'caf\u00e9',
    'x'.repeat(129),
    '*',
    'notes:*',
    'notes*',
    'all',
    'ALL',
    'notes:all',
    'admin',
    'notes.admin',
    'root',
    'full_access',
    'files/full-access',
    'offline_access',
    'openid',
  ]) {
    assert.throws(() => assertScopeName(name), TypeError, name);
  }
});

test('a hierarchy is transitive, and a cycle in it is refused', () => {
  const expand = createScopeExpansion({ 'a:3': ['a:2'], 'a:2': ['a:1', 'b:1'] });
  assert.deepEqual([...expand(['a:3'])].sort(), ['a:1', 'a:2', 'a:3', 'b:1']);
  assert.deepEqual([...expand(['a:1', 'toString'])].sort(), ['a:1', 'toString']);
  assert.throws(() => createScopeExpansion({ 'a:1': ['a:1'] }), /cycle: a:1 -> a:1/);
  assert.throws(() => createScopeExpansion({ 'a:1': ['b:*'] }), /wildcard/);
});

test('every required scope must be granted', () => {
  const granted = createScopeExpansion({ 'notes:write': ['notes:read'] })(['notes:write']);
  assert.equal(satisfies(granted, ['notes:read', 'notes:write']), true);
  assert.equal(satisfies(granted, ['notes:read', 'files:read']), false);
  assert.equal(satisfies(granted, []), true);
});

test('a registry keeps what it was told, and refuses what does not add up', () => {
  const scopes = { 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' };
  const registry = createScopeRegistry({
    scopes,
    minimal: ['notes:read'],
    hierarchy: { 'notes:write': ['notes:read'] },
  });
  assert.deepEqual(registry.names, ['notes:read', 'notes:write']);
  assert.deepEqual(registry.minimal, ['notes:read']);
  assert.equal(registry.describe('notes:write'), 'Change your notes');
  assert.equal(registry.describe('constructor'), undefined);
  assert.deepEqual(createScopeRegistry({ scopes }).minimal, []);
  assert.throws(() => createScopeRegistry({ scopes: { admin: 'Everything' } }), /everything at once/);
  assert.throws(() => createScopeRegistry({ scopes: { 'notes:read': ' ' } }), /description/);
  assert.throws(() => createScopeRegistry({ scopes, minimal: ['files:read'] }), /not among/);
});
