import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTS, judged, packageOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('a deprecated version is told', async (t) => {
  const facts = { ...FACTS, deprecated: 'Package no longer supported.' };
  assert.equal(judged(rule, await packageOf(t, { facts })).status, 'fail');
  assert.equal(judged(rule, await packageOf(t)).status, 'pass');
});

test('of an archive that no registry was asked about it is unknown', async (t) => {
  const { facts: _facts, ...alone } = await packageOf(t);
  assert.equal(judged(rule, alone).status, 'unknown');
});
