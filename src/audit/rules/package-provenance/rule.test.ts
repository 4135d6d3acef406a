import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTS, judged, packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('a version without an attestation is told, and worse where the one before has it', async (t) => {
  const { provenance: _provenance, ...none } = FACTS;
  const { before: _before, ...first } = none;
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { facts: none })), ['high']);
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { facts: first })), ['low']);
  assert.deepEqual(severitiesOf(rule, await packageOf(t)), []);
});

test('a registry that tells no signatures says nothing of provenance', async (t) => {
  assert.equal(
    judged(rule, await packageOf(t, { facts: { maintainers: [], hasSignatures: false } })).status,
    'unknown',
  );
});
