import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

test('state lies under the principal that the credential proves', () => {
  const keyedBy = configure(testSettings());
  const alice = principal({ id: 'alice-id', tenant: 'north' });
  assert.equal(keyedBy(alice).id, 'alice-id');
  assert.equal(keyedBy(alice).tenant, 'north');
  assert.notEqual(keyedBy(alice).id, keyedBy(principal({ id: 'bob-id' })).id);
});

test('with the control off, everybody has one key and no tenant', () => {
  const keyedBy = configure(testSettings({ weakened: new Set(['state-keying']) }));
  for (const who of [principal({ id: 'alice-id', tenant: 'north' }), principal({ id: 'bob-id' })]) {
    assert.equal(keyedBy(who).id, 'everyone');
    assert.equal(keyedBy(who).tenant, undefined);
  }
});

test('the principal itself is not changed', () => {
  const alice = Object.freeze(principal({ id: 'alice-id', tenant: 'north' }));
  configure(testSettings({ weakened: new Set(['state-keying']) }))(alice);
  assert.equal(alice.id, 'alice-id');
});
