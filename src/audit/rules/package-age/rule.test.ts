import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACTS, judged, packageOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('a version of this week is told, and a day that is none is unknown', async (t) => {
  const of = async (published: string): Promise<string> =>
    judged(rule, await packageOf(t, { facts: { ...FACTS, published } })).status;
  assert.equal(await of('2026-06-28T00:00:00Z'), 'fail');
  assert.equal(await of('2026-06-23T00:00:00Z'), 'pass');
  assert.equal(await of('some day'), 'unknown');
});
