import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Finding } from './model.ts';
import { gatherFilesPart } from './parts/files.ts';
import { patchOf } from './patch.ts';
import { createRun, judgeRun } from './run.ts';

const FACTS = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };
const POD = `# a pod\r
apiVersion: v1
kind: Pod
metadata: {name: notes}
spec:
  automountServiceAccountToken: true
  restartPolicy: Always
  hostname: a
  subdomain: b
  schedulerName: c
  priority: 1
  nodeName: d
  containers:
    - name: one
      securityContext: {allowPrivilegeEscalation: true, privileged: true}
    - name: two
      securityContext: {privileged: false, allowPrivilegeEscalation: true}`;

test('what can be mended by itself is a patch that git applies, after which it is not found', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-patch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'pod.yaml'), POD);
  const audit = async () => judgeRun(createRun(FACTS, [await gatherFilesPart(folder)])).findings;
  const before = await audit();
  const fixable = before.filter(({ fix }) => fix !== undefined);
  assert.equal(fixable.length, 4, 'two of the pod, for each of its containers, and one of each');
  const patch = await patchOf(before, (file) => readFile(join(folder, file), 'utf8'));
  assert.equal(patch.split('@@ -').length, 3);
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: folder, input: patch });
  const mended = POD.replaceAll(/(automount\w+|allowPrivilegeEscalation): true/g, '$1: false');
  assert.equal(await readFile(join(folder, 'pod.yaml'), 'utf8'), mended);
  assert.deepEqual(
    (await audit()).map(({ fingerprint }) => fingerprint).toSorted(),
    before
      .filter((finding) => !fixable.includes(finding))
      .map(({ fingerprint }) => fingerprint)
      .toSorted(),
  );
});

test('a place that says something else by now, and a name that a patch cannot hold, are left alone', async () => {
  const finding = (file: string): Finding => ({
    rule: 'x',
    message: 'x',
    severity: 'low',
    confidence: 'low',
    fingerprint: 'x',
    place: { file, line: 1, column: 4 },
    fix: { replace: 'true', by: 'false' },
  });
  const read = (): Promise<string> => Promise.resolve('a: no\n');
  assert.equal(await patchOf([finding('a')], read), '');
  const isTrue = (): Promise<string> => Promise.resolve('a: true\n');
  assert.equal(await patchOf([finding('a\n+++ b/c'), finding('b\u001b[2J')], isTrue), '');
  assert.match(
    await patchOf([finding('a')], isTrue),
    /^--- a\/a\n\+\+\+ b\/a\n@@ -1,1 \+1,1 @@\n-a: true\n\+a: false\n$/,
  );
  assert.equal(await patchOf([finding('a')], () => Promise.resolve(undefined)), '');
});
