import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeFolder } from './remove-folder.ts';

test('whatever a program has left is removed, and nothing that a link leads to', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'portcullis-outside-'));
  writeFileSync(join(outside, 'kept'), 'kept');
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-left-'));
  for (const name of ['one/two/three/four', 'one/other/deep', 'shut'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['file', 'one/file', 'one/two/three/four/file']) writeFileSync(join(folder, name), 'x');
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]));
  symlinkSync(outside, join(folder, 'link'));
  symlinkSync(outside, join(folder, 'one/two/link'));
  for (const name of ['one/two/three', 'shut', '']) chmodSync(join(folder, name), 0);
  await removeFolder(folder);
  assert.equal(existsSync(folder), false);
  assert.equal(readFileSync(join(outside, 'kept'), 'utf8'), 'kept');
  rmSync(outside, { recursive: true });
});
