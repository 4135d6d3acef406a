import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { scratch } from '../support/interop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin/portcullis.js');
const GOOD = '{"mcpServers": {"notes": {"command": "npx", "args": ["-y", "notes@1.2.3"]}}}\n';
const BAD = GOOD.replace('@1.2.3', '');

const guide = await readFile(join(ROOT, 'docs/guides/audit-ci.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, named, body = '']) => (named === language ? [body] : []));
const [github = '', since = '', gitlab = '', preCommit = ''] = blocks('yaml');

interface Repository {
  readonly folder: string;
  readonly sh: (command: string) => SpawnSyncReturns<string>;
  readonly write: (name: string, text: string) => Promise<void>;
}

/** A repository with a good configuration, where npm and npx are those of a project that has installed this package. */
async function repository(t: TestContext): Promise<Repository> {
  const folder = await scratch(t);
  const bin = join(folder, '.bin');
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  const asked = `[ "$1 $2 $3" = "--no -- portcullis" ] || exit 99\nshift 3\n`;
  await write('.bin/npx', `#!/bin/sh\n${asked}exec '${process.execPath}' '${BIN}' "$@"\n`);
  await write('.bin/npm', '#!/bin/sh\n[ "$*" = "ci --ignore-scripts" ] || exit 99\n');
  for (const name of ['npx', 'npm']) await chmod(join(bin, name), 0o755);
  await write('mcp.json', GOOD);
  await write('.gitignore', '.bin\naudit.*\n');
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  const sh = (command: string) => spawnSync('sh', ['-e', '-c', command], { cwd: folder, env, encoding: 'utf8' });
  sh('git init -q -b main && git add -A');
  return { folder, sh, write };
}

const Step = z.object({ uses: z.string().optional(), run: z.string().optional(), if: z.string().optional() });
const Workflow = z.object({
  permissions: z.strictObject({}),
  jobs: z.strictObject({
    audit: z.object({
      permissions: z.strictObject({ contents: z.literal('read'), 'security-events': z.literal('write') }),
      steps: z.array(Step),
    }),
  }),
});

test('the workflow for GitHub has the least rights, pins what it uses, and its commands run', async (t) => {
  const { steps } = Workflow.parse(parse(github)).jobs.audit;
  const uses = steps.flatMap((step) => step.uses ?? []);
  assert.equal(uses.length, 3);
  for (const each of uses) assert.match(each, /^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
  assert.equal(steps.find((step) => step.uses?.includes('upload-sarif'))?.if?.includes('!cancelled()'), true);
  const commands = steps.flatMap((step) => step.run ?? []);
  assert.equal(commands.length, 2);
  const { folder, sh, write } = await repository(t);
  for (const command of commands) assert.equal(sh(command).status, 0, command);
  await write('mcp.json', BAD);
  assert.equal(sh(commands.join('\n')).status, 1);
  const sarif: unknown = JSON.parse(await readFile(join(folder, 'audit.sarif'), 'utf8'));
  assert.equal(Object(sarif)['runs'][0].results.length, 1);
});

test('a change is judged by what it changes', async (t) => {
  const steps = z.array(Step).parse(parse(since.replaceAll(/^ {6}/gm, '')));
  const { sh, write } = await repository(t);
  await write('old.json', BAD);
  sh('git add -A && git commit -qm first && git clone -q --bare . .bin/origin && git remote add origin .bin/origin');
  const run = () => sh(`BASE=main\n${steps.map((step) => step.run ?? '').join('\n')}`);
  const first = run();
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^since FETCH_HEAD \([0-9a-f]{12}\): findings in lines that have not changed: 1$/m);
  await write('mcp.json', BAD);
  assert.equal(run().status, 1);
});

test('the job for GitLab runs, and keeps its report when it fails', async (t) => {
  const Job = z.object({
    audit: z.object({ script: z.array(z.string()), artifacts: z.object({ when: z.literal('always') }) }),
  });
  const { script } = Job.parse(parse(gitlab)).audit;
  const { folder, sh, write } = await repository(t);
  assert.equal(sh(script.join('\n')).status, 0);
  await write('mcp.json', BAD);
  assert.equal(sh(script.join('\n')).status, 1);
  assert.match(await readFile(join(folder, 'audit.junit.xml'), 'utf8'), /<failure /);
});

test('the hook of git keeps out what is wrong in what is committed, the first time as well', async (t) => {
  const [hook = ''] = blocks('sh');
  const { folder, sh, write } = await repository(t);
  await write('.git/hooks/pre-commit', hook);
  await chmod(join(folder, '.git/hooks/pre-commit'), 0o755);
  await write('mcp.json', BAD);
  assert.notEqual(sh('git add -A && git commit -qm bad').status, 0);
  await write('mcp.json', GOOD);
  const first = sh('git add -A && git commit -qm good');
  assert.equal(first.status, 0, `${first.stdout}${first.stderr}`);
  assert.equal(sh('git commit -q --allow-empty --no-verify -m x').status, 0);
  await write('other.json', BAD);
  const second = sh('git add -A && git commit -qm bad');
  assert.notEqual(second.status, 0);
  assert.match(`${second.stdout}${second.stderr}`, /other\.json:1:/);
  assert.equal(sh('git commit -qm known --no-verify').status, 0);
  await write('more.txt', 'x');
  assert.equal(sh('git add -A && git commit -qm more').status, 0);
});

test('the hook for pre-commit is the one of the guide, and its command runs', async (t) => {
  const Hook = z.object({
    id: z.literal('portcullis-audit'),
    name: z.string(),
    entry: z.string(),
    language: z.literal('system'),
    pass_filenames: z.literal(false),
  });
  const [own] = z
    .array(Hook)
    .length(1)
    .parse(parse(await readFile(join(ROOT, '.pre-commit-hooks.yaml'), 'utf8')));
  const Config = z.object({ repos: z.tuple([z.object({ repo: z.literal('local'), hooks: z.tuple([Hook]) })]) });
  assert.deepEqual(Config.parse(parse(preCommit)).repos[0].hooks[0], own);
  const { sh, write } = await repository(t);
  sh('git commit -qm first');
  assert.equal(sh(own?.entry ?? 'false').status, 0);
  await write('mcp.json', BAD);
  assert.equal(sh(own?.entry ?? 'true').status, 1);
});
