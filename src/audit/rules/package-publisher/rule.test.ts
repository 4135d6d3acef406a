import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTS, judged, packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('somebody else than before is told, and less where that one keeps the package', async (t) => {
  const of = async (facts: object): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { facts: { ...FACTS, ...facts } }));
  assert.deepEqual(await of({ publisher: 'bob' }), ['low']);
  assert.deepEqual(await of({ publisher: 'eve' }), ['medium', 'low']);
  assert.deepEqual(await of({ publisher: 'eve', maintainers: ['eve'] }), ['low']);
  assert.deepEqual(await of({ publisher: 'GitHub Actions' }), []);
  assert.deepEqual(await of({}), []);
});

test('what the registry does not say is unknown', async (t) => {
  assert.equal(
    judged(rule, await packageOf(t, { facts: { maintainers: ['ann'], hasSignatures: true } })).status,
    'unknown',
  );
});
