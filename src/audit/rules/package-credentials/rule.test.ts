import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('one place is little, and three are much', async (t) => {
  const of = async (text: string): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { files: { 'main.js': text } }));
  assert.deepEqual(await of("join(homedir(), '.aws', 'credentials')"), ['low']);
  assert.deepEqual(await of("['~/.ssh/id_rsa', '~/.aws/credentials', '~/.kube/config']"), ['high', 'high', 'high']);
  assert.deepEqual(await of("const ssh = 'ssh'; fetch('https://x.example/config.json');"), []);
});
