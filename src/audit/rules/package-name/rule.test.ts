import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('a name almost like a known one is told, and a known one is not', async (t) => {
  const of = async (name: string): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { manifest: { name } }));
  assert.deepEqual(await of('firecrawl-mpc'), ['medium']);
  assert.deepEqual(await of('@acme/server-filesystem'), ['low']);
  assert.deepEqual(await of('firecrawl-mcp'), []);
  assert.deepEqual(await of('notes-server'), []);
});
