import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

const COMMIT = 'a'.repeat(40);

test('what comes past the registry, or at any version, is told', async (t) => {
  const of = async (dependencies: object, more: object = {}): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { manifest: { dependencies, ...more } }));
  assert.deepEqual(await of({ zod: '*', ajv: 'latest' }), ['low', 'low']);
  assert.deepEqual(await of({ zod: 'https://x.example/zod.tgz', ajv: 'acme/ajv' }), ['high', 'high']);
  assert.deepEqual(await of({ zod: `acme/zod#${COMMIT}` }), ['medium']);
  assert.deepEqual(await of({ zod: '1.2.3' }, { bundleDependencies: ['zod'] }), ['low']);
  assert.deepEqual(await of({ zod: '^1.2.3', ajv: '>=8 <9', hono: 'npm:other@^4.0.0' }), []);
});
