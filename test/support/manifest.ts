import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { portcullis } from './command.ts';

/** Has the manifest of a module built and signed in a folder, and gives the four lines of YAML that name it. */
export async function signManifest(t: TestContext, cwd: string, module: string): Promise<readonly string[]> {
  for (const args of [
    ['build', module],
    ['key', 'build.key'],
    ['key', 'approve.key'],
    ['sign', '--key', 'build.key'],
    ['sign', '--key', 'approve.key'],
  ]) {
    const run = portcullis(t, cwd, ['manifest', ...args]);
    assert.equal(await run.ended, 0, run.stderr());
  }
  return [
    'manifest:',
    '  file: portcullis.manifest.json',
    '  build: [{key: build.key.pub, owner: ci, until: "2999-12-31"}]',
    '  approve: [{key: approve.key.pub, owner: ann, until: "2999-12-31"}]',
  ];
}
