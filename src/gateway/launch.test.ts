import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeSandbox } from '../sandbox/support.ts';
import { startUpstream } from './launch.ts';

test('without bubblewrap nothing of an upstream is run', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-pool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'ran');
  const installed = {
    source: 'touch',
    integrity: 'x',
    program: process.execPath,
    args: ['-e', `require('node:fs').writeFileSync(${JSON.stringify(file)}, '')`],
    reads: [],
  };
  const support = await probeSandbox([]);
  const launch = { id: 'files', installed, needs: {}, environment: async () => ({}), support, log: () => undefined };
  await assert.rejects(startUpstream(launch), {
    name: 'TypeError',
    message: /upstream "files" runs in a sandbox or not at all\. .*bubblewrap/,
  });
  assert.equal(existsSync(file), false);
});
