import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('what was not unpacked is told, and plain files are not', async (t) => {
  const faults = [
    { name: 'package/a', kind: 'link', why: 'it is a link' },
    { name: '../b', kind: 'path', why: 'its path leads out of the package' },
    { name: 'package/c', kind: 'twice', why: 'another entry has this name' },
  ] as const;
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { faults })), ['high', 'high', 'medium']);
  assert.deepEqual(severitiesOf(rule, await packageOf(t)), []);
});
