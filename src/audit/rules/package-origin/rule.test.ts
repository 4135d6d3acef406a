import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged, packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('a package without a source or a licence is told', async (t) => {
  const bare = { repository: undefined, license: undefined };
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { manifest: bare })), ['low', 'low']);
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { manifest: { license: { type: 'MIT' } } })), []);
  assert.equal(judged(rule, await packageOf(t)).status, 'pass');
});
