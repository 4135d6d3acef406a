import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

const MANGLED = Array.from({ length: 50 }, (_, at) => `var _0x${(at + 4096).toString(16)} = ${at};`).join('\n');
const SMALL = `export const all=[${'1,'.repeat(3000)}1];`;

test('code in disguise is told, and code that is only minified is less', async (t) => {
  const of = async (text: string): Promise<readonly string[]> =>
    severitiesOf(rule, await packageOf(t, { files: { 'main.js': text } }));
  assert.deepEqual(await of("eval(Buffer.from('AA==', 'base64').toString())"), ['high']);
  assert.deepEqual(await of('new Function(atob(text))()'), ['high', 'high']);
  assert.deepEqual(await of(MANGLED), ['high']);
  assert.deepEqual(await of(SMALL), ['low']);
  assert.deepEqual(await of('const text = Buffer.from(atob(data)); // eval(x)\nnew Function("a", body);'), []);
});

test('a minified file beside others that can be read is none', async (t) => {
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { files: { 'vendor.js': SMALL } })), []);
});
