import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startNpmRegistry } from '../../../test/support/npm-registry.ts';
import { tgzOf, type TarEntry } from '../../../test/support/tar.ts';
import { createRun, judgeRun, type AuditReport, type AuditRun } from '../run.ts';
import { gatherPackageParts } from './package.ts';

const FACTS = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };
const SECRET = `npm_${'a1B2'.repeat(9)}`;
const MANIFEST = { name: 'notes-server', version: '1.2.3', license: 'MIT', repository: 'github:acme/notes' };

/** A run that was kept, judged again. */
function reportOf(parts: AuditRun['parts']): AuditReport {
  const run = createRun(FACTS, parts);
  const again = JSON.parse(JSON.stringify(run)) as AuditRun;
  const report = judgeRun(run);
  assert.deepEqual(judgeRun(again), report);
  return report;
}

async function archiveOf(t: TestContext, entries: readonly TarEntry[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-tgz-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'notes-1.2.3.tgz');
  await writeFile(path, tgzOf([{ name: 'package/package.json', text: JSON.stringify(MANIFEST) }, ...entries]));
  return path;
}

const foundIn = ({ findings }: AuditReport): readonly string[] =>
  [...new Set(findings.map(({ rule }) => rule))].toSorted();
const statusOf = ({ outcomes }: AuditReport, id: string): string | undefined =>
  outcomes.find(({ rule }) => rule === id)?.status;

test('a package is fetched, unpacked and looked at, and runs nothing', async (t) => {
  const trap = await mkdtemp(join(tmpdir(), 'portcullis-trap-'));
  t.after(() => rm(trap, { recursive: true, force: true }));
  const registry = await startNpmRegistry(t, {
    name: 'firecrawl-mpc',
    version: '1.2.3',
    code: `require('node:fs').writeFileSync(${JSON.stringify(join(trap, 'ran'))}, '')`,
    at: new Date().toISOString(),
    more: {
      deprecated: 'gone',
      _npmUser: { name: 'eve' },
      maintainers: [{ name: 'ann' }],
      scripts: { postinstall: `touch ${join(trap, 'ran')}` },
      dist: { signatures: [{ keyid: 'x', sig: 'y' }] },
    },
  });
  const environment = { ...process.env, ...registry.environment };
  const report = reportOf(await gatherPackageParts('firecrawl-mpc@1.2.3', { environment }));
  assert.deepEqual(foundIn(report), [
    'package-age',
    'package-deprecated',
    'package-name',
    'package-origin',
    'package-provenance',
    'package-publisher',
  ]);
  assert.equal(statusOf(report, 'package-integrity'), 'pass');
  assert.deepEqual(await readdir(trap), []);
  // The document, and the archive, and nothing of anybody else.
  assert.deepEqual([...new Set(registry.asked)].toSorted(), [
    '/firecrawl-mpc',
    '/firecrawl-mpc/-/firecrawl-mpc-1.2.3.tgz',
  ]);
});

test('an archive that its registry has another digest of is not looked at', async (t) => {
  const registry = await startNpmRegistry(t, {
    name: 'notes-server',
    version: '1.2.3',
    code: '',
    at: '2026-01-01T00:00:00Z',
    more: { dist: { integrity: `sha512-${'a'.repeat(86)}==` } },
  });
  const environment = { ...process.env, ...registry.environment };
  await assert.rejects(gatherPackageParts('notes-server@1.2.3', { environment }), /integrity|sha512/i);
  await assert.rejects(gatherPackageParts('notes-server@9.9.9', { environment }), Error);
});

test('an archive is looked at without a registry, and what only one knows is unknown', async (t) => {
  const path = await archiveOf(t, [
    { name: 'package/.npmrc', text: `//npm.example.com/:_authToken=${SECRET}` },
    { name: 'package/link', type: '2', link: '/etc/passwd' },
    { name: 'package/yarn.lock', text: '# yarn lockfile v1\n\nx@1:\n  version "1.0.0"\n' },
    { name: 'package/.github/workflows/ci.yml', text: 'on: push\njobs: {a: {steps: [{uses: x/y@main}]}}' },
  ]);
  const parts = await gatherPackageParts(path);
  const report = reportOf(parts);
  assert.deepEqual(foundIn(report), ['credential-file', 'package-archive']);
  assert.ok(!JSON.stringify(parts).includes(SECRET));
  for (const id of [
    'package-age',
    'package-deprecated',
    'package-integrity',
    'package-provenance',
    'package-publisher',
  ])
    assert.equal(statusOf(report, id), 'unknown');
});

test('nothing passes of an archive that cannot be read to its end', async (t) => {
  const path = await archiveOf(t, [{ name: 'package/zeros', text: Buffer.alloc(64 * 1024 * 1024) }]);
  const report = reportOf(await gatherPackageParts(path));
  assert.deepEqual(foundIn(report), ['package-archive']);
  assert.equal(report.unread.length, 1);
  const own = report.outcomes.filter(({ rule }) => rule.startsWith('package-'));
  assert.ok(!own.some(({ status }) => status === 'pass' || status === 'not-applicable'));
});

test('nothing is left behind', async (t) => {
  const before = (await readdir(tmpdir())).filter((name) => /^portcullis-(?:unpacked|package)-/.test(name));
  await gatherPackageParts(await archiveOf(t, []));
  const after = (await readdir(tmpdir())).filter((name) => /^portcullis-(?:unpacked|package)-/.test(name));
  assert.deepEqual(
    after.filter((name) => !before.includes(name)),
    [],
  );
});
