import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, severitiesOf } from '../../../../test/support/package-subject.ts';
import { rule } from './rule.ts';

test('what is compiled is told, by what it is and not by its name', async (t) => {
  const elf = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46]), Buffer.alloc(60)]);
  assert.deepEqual(
    severitiesOf(rule, await packageOf(t, { files: { 'helper.txt': elf, 'x.exe': Buffer.from('MZ') } })),
    ['low'],
  );
  assert.deepEqual(severitiesOf(rule, await packageOf(t, { files: { 'README.md': '# MZ', 'a.so': 'text' } })), []);
});
