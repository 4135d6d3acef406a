import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTS, judged, packageOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

const DIGEST = `sha512-${'a'.repeat(86)}==`;

test('an archive with another digest is told, and one that the registry says nothing of is unknown', async (t) => {
  const facts = { ...FACTS, integrity: DIGEST };
  assert.equal(judged(rule, await packageOf(t, { facts, integrity: `sha512-${'b'.repeat(86)}==` })).hits.length, 1);
  assert.equal(judged(rule, await packageOf(t, { facts })).status, 'fail');
  assert.equal(judged(rule, await packageOf(t, { facts, integrity: DIGEST })).status, 'pass');
  assert.equal(judged(rule, await packageOf(t)).status, 'unknown');
});
