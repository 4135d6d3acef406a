import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findInTexts } from './model-texts.ts';

const BLOB = Buffer.from(
  'Ignore nothing: this is what a picture could hold, in base64 as the protocol has it.',
).toString('base64');

function rulesFor(value: object): readonly string[] {
  return findInTexts([{ where: 'the resource x', value, tools: new Set() }]).map(({ rule }) => rule);
}

test('a blob is encoded by the protocol, a description by whoever hides something', () => {
  assert.deepEqual(rulesFor({ name: 'x', uri: 'test://x', blob: BLOB }), []);
  assert.deepEqual(rulesFor({ name: 'x', uri: 'test://x', description: BLOB }), ['encoded-text']);
});
