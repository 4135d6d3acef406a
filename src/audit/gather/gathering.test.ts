import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gatherFilesPart } from '../parts/files.ts';
import { createRun, judgeRun, type AuditReport } from '../run.ts';
import { gatherFiles } from './files.ts';
import { readGitIndex } from './git-index.ts';

const SECRET = 'q7Rf2LmX9vKp4TzW8sBn';
const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-06-30T00:00:00Z');

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-gather-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

async function reportOf(
  folder: string,
  options: { readonly osv?: string; readonly now?: number } = {},
): Promise<AuditReport> {
  const facts = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };
  return judgeRun(createRun(facts, [await gatherFilesPart(folder, options)]));
}

const outcomeOf = ({ outcomes }: AuditReport, id: string) => outcomes.find(({ rule }) => rule === id);

const POD = (more: string): string =>
  `---\n# Source: notes/templates/pod.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: notes\n${more}spec:\n  containers:\n    - name: server\n      image: notes:1\n      securityContext: {privileged: true}\n`;

test('templates of a chart are told once with the command that renders them, and what it renders is audited', async (t) => {
  const folder = await folderOf(t, {
    'deploy/chart/Chart.yaml': 'name: notes',
    'deploy/chart/templates/pod.yaml': `apiVersion: v1\nkind: Pod\n{{- if .Values.x }}\nspec: [\n{{ end }}`,
    'deploy/chart/templates/_helpers.json': '{"apiVersion": {{ x }}',
    'deploy/chart/charts/sub/Chart.yaml': 'name: sub',
    'deploy/chart/charts/sub/templates/a.yaml': 'kind: {{ x }}',
  });
  const { unread } = await reportOf(folder);
  assert.deepEqual(
    unread.map(({ file }) => file),
    ['deploy/chart/templates'],
  );
  assert.match(unread[0]?.why ?? '', /helm template deploy\/chart > rendered\.yaml/);

  const rendered = await folderOf(t, {
    'rendered.yaml': `${POD('')}${POD('  annotations: {"helm.sh/hook": test-success}\n')}`,
  });
  const report = await reportOf(rendered);
  assert.deepEqual(report.unread, []);
  assert.equal(
    report.findings.filter(({ rule, message }) => rule === 'workload-rights' && /privileged/.test(message)).length,
    1,
  );
});

test('the index of git is read without git: what it keeps counts, and what it does not is left alone', async (t) => {
  const long = `deep/${'a'.repeat(100)}/.npmrc`;
  const folder = await folderOf(t, {
    '.env': `API_TOKEN=${SECRET}`,
    'kept/.env': `API_TOKEN=${SECRET}`,
    'kept/a.txt': 'x',
    [long]: `//npm.example.com/:_authToken=${SECRET}`,
  });
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'init.defaultBranch=main', ...args], { cwd: folder, stdio: 'pipe' });
  git('init', '-q');
  git('add', 'kept', 'deep');
  for (const version of ['2', '3', '4']) {
    git('update-index', '--index-version', version);
    const kept = await readGitIndex(folder);
    assert.deepEqual([...(kept ?? [])].toSorted(), [long, 'kept/.env', 'kept/a.txt'], `version ${version}`);
  }
  const { findings } = await reportOf(folder);
  const own = findings.filter(({ rule }) => rule === 'credential-file');
  assert.deepEqual(own.map(({ place }) => ('file' in place ? place.file : '')).toSorted(), [long, 'kept/.env']);
  assert.ok(own.every(({ confidence }) => confidence === 'high'));

  await writeFile(join(folder, '.git', 'index'), 'DIRC\0\0\0\u0002\0\0\0\u0009torn');
  assert.equal(await readGitIndex(folder), undefined);
  assert.equal((await reportOf(folder)).findings.filter(({ rule }) => rule === 'credential-file').length, 3);
});

const LOCK = {
  'a/package-lock.json': '{"packages": {"node_modules/zod": {"version": "1.2.3", "integrity": "sha512-x"}}}',
};
const record = (more: object): string =>
  JSON.stringify({
    id: 'GHSA-x',
    modified: new Date(NOW - DAY_MS).toISOString(),
    affected: [
      { package: { ecosystem: 'npm', name: 'zod' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '2.0.0' }] }] },
    ],
    ...more,
  });

test('of known vulnerabilities, what is absent, old or torn is unknown and never clean', async (t) => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
    [{ 'osv/a.json': record({}) }, 'pass', /1 packages, 1 records, 1 days old/],
    [
      { 'osv/a.json': record({ modified: new Date(NOW - 31 * DAY_MS).toISOString() }) },
      'unknown',
      /31 days old: it has to be 30/,
    ],
    [{ 'osv/readme.txt': 'x' }, 'unknown', /no records/],
    [{ 'osv/a.json': record({}), 'osv/b.json': '{"modified": ' }, 'unknown', /1 files of it are no records/],
    [
      {
        'osv/a.json': record({
          affected: [
            { package: { ecosystem: 'npm', name: 'zod' }, ranges: [{ type: 'SEMVER', events: [{ introduced: 'x' }] }] },
          ],
        }),
      },
      'unknown',
      /1 versions cannot be compared/,
    ],
  ];
  for (const [files, status, why] of cases) {
    const folder = await folderOf(t, { ...LOCK, ...files });
    const outcome = outcomeOf(
      await reportOf(join(folder, 'a'), { osv: join(folder, 'osv'), now: NOW }),
      'known-vulnerability',
    );
    assert.equal(outcome?.status, status);
    assert.match(outcome.why, why);
  }
  await assert.rejects(
    gatherFiles(await folderOf(t, LOCK), { osv: join(tmpdir(), 'absent-osv') }),
    /There is no folder/,
  );
});

test('a record is graded as its source says, else by its vector, and malice is the worst', async (t) => {
  const affected = [{ package: { ecosystem: 'npm', name: 'zod' }, versions: ['1.2.3'] }];
  const graded: readonly (readonly [object, string])[] = [
    [{ affected, database_specific: { severity: 'MODERATE' } }, 'medium'],
    [{ affected, severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }] }, 'critical'],
    [{ affected, id: 'MAL-2026-1' }, 'critical'],
    [{ affected }, 'medium'],
  ];
  for (const [more, severity] of graded) {
    const folder = await folderOf(t, { ...LOCK, 'osv/a.json': record(more) });
    const { findings } = await reportOf(join(folder, 'a'), { osv: join(folder, 'osv'), now: NOW });
    assert.deepEqual(
      findings.map((each) => [each.rule, each.severity]),
      [['known-vulnerability', severity]],
    );
  }
});

test('no secret of what is read is kept', async (t) => {
  const folder = await folderOf(t, {
    'notes.service': `[Service]\nExecStart=/usr/bin/notes --token ${SECRET}\nEnvironment=DB_PASSWORD=wonderland-1 API_TOKEN=${SECRET}\n`,
    '.github/workflows/ci.yml': `on: push\nenv: {API_TOKEN: ${SECRET}}\njobs: {a: {env: {DB_PASSWORD: wonderland-1}, steps: [{run: "curl -H ${SECRET} x"}]}}`,
    'image.json': JSON.stringify({
      os: 'linux',
      rootfs: { diff_ids: [] },
      config: { Env: [`API_TOKEN=${SECRET}`], Cmd: ['x', SECRET] },
    }),
    '.npmrc': `//npm.example.com/:_authToken=${SECRET}\nregistry=https://ann:${SECRET}@npm.example.com/`,
    '.env': `export DB_PASSWORD='wonderland-1'`,
    'portcullis.yaml': `profile: production\nupstreams: {notes: {package: notes@1.2.3, env: {API_TOKEN: ${SECRET}, DB_PASSWORD: wonderland-1}}}`,
    'package-lock.json': JSON.stringify({
      packages: { 'node_modules/x': { version: '1.0.0', resolved: `git+https://ann:${SECRET}@git.example.com/x.git` } },
    }),
    'requirements.txt': `--extra-index-url https://ann:${SECRET}@pypi.example.com/simple\nx @ git+https://${SECRET}@git.example.com/x`,
    'package.json': JSON.stringify({
      name: 'a',
      dependencies: { x: `git+https://ann:${SECRET}@git.example.com/x.git` },
    }),
  });
  const part = await gatherFilesPart(folder);
  assert.deepEqual(part.unread, []);
  const kept = JSON.stringify(part);
  for (const secret of [SECRET, 'wonderland-1'])
    assert.ok(!kept.includes(secret), kept.slice(Math.max(0, kept.indexOf(secret) - 200), kept.indexOf(secret) + 40));
});

test('what is torn is told, and what is made to take long does not', { timeout: 60_000 }, async (t) => {
  const torn = await folderOf(t, {
    'package-lock.json': '{"packages": ',
    'yarn.lock': 'nothing of the kind',
    'pnpm-lock.yaml': 'packages: {}',
    'uv.lock': '[[package]]\nversion = "1"\n',
    'Pipfile.lock': '{}',
    'bun.lockb': 'x',
    'x.service': '[Service]\nnothing of the kind\n',
    'package.json': '[]',
  });
  assert.equal((await reportOf(torn)).unread.length, 8);
  const many = 300_000;
  const slow = await folderOf(t, {
    'requirements.txt': 'x \\\n'.repeat(many),
    'x.service': `[Service]\nExecStart=x \\\n${'y \\\n'.repeat(many)}`,
    'yarn.lock': `# yarn lockfile v1\n"x@${','.repeat(many)}\n  version "1"\n`,
    'pyproject.toml': `[project]\ndependencies = [\n${'"x",\n'.repeat(many)}]\n`,
    'Pipfile.lock': JSON.stringify(
      { _meta: {}, default: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`p${at}`, {}])) },
      undefined,
      1,
    ),
    '.github/workflows/a.yml': `on: push\njobs:\n  a:\n    steps:\n      - run: "${'${{ '.repeat(many)}"\n      - run: "echo ${'${{ secrets.'.repeat(many)}"\n`,
    Dockerfile: `FROM x\nRUN ${'a'.repeat(1_000_000)}\n`,
  });
  assert.ok((await reportOf(slow)).files.length > 0);
});
