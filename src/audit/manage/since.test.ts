import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { reportOf } from '../../../test/support/audit-report.ts';
import { applyChanges, parseDiff, readChanges } from './since.ts';

interface Repository {
  readonly folder: string;
  readonly write: (name: string, text: string) => Promise<void>;
  readonly git: (...args: readonly string[]) => string;
}

/** A repository with one commit, made with no configuration but its own. */
async function repository(t: TestContext, files: Readonly<Record<string, string>>): Promise<Repository> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-since-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: readonly string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: folder,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).trim();
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  git('init', '-q', '-b', 'main');
  for (const [name, text] of Object.entries(files)) await write(name, text);
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return { folder, write, git };
}

const LINES = 'one\ntwo\nthree\nfour\nfive\n';

test('lines that changed are told, whatever the file is called, and files that git does not have are new', async (t) => {
  const odd = 'a "b"\u00e9 \\.txt';
  const { folder, write, git } = await repository(t, {
    'x.txt': LINES,
    [odd]: LINES,
    'sub/y.txt': LINES,
    'z.txt': LINES,
  });
  await write('x.txt', LINES.replace('two', 'TWO').replace('five\n', 'five\nsix\n'));
  await write(odd, LINES.replace('four\n', ''));
  await write('sub/y.txt', `+++ b/z.txt\n@@ -1 +1,9 @@\n${LINES}`);
  git('add', 'sub');
  await write('.gitignore', 'new.txt\n');
  await write('new.txt', LINES);
  const { commit, files } = await readChanges(folder, 'HEAD');
  assert.equal(commit, git('rev-parse', 'HEAD'));
  assert.deepEqual(
    [...files].filter(([, ranges]) => ranges.length > 0),
    [
      [odd, [[3, 4]]],
      ['sub/y.txt', [[1, 2]]],
      [
        'x.txt',
        [
          [2, 2],
          [6, 6],
        ],
      ],
    ].toSorted(([a], [b]) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))),
  );
  assert.deepEqual([files.get('z.txt'), files.has('new.txt')], [[], false]);
  assert.deepEqual([...(await readChanges(join(folder, 'sub'), 'main')).files], [['y.txt', [[1, 2]]]]);
  assert.deepEqual([...(await readChanges(join(folder, 'x.txt'), 'HEAD')).files.keys()], ['x.txt']);
});

test('findings in other lines are known, those of an exchange stay', async (t) => {
  const { folder, write } = await repository(t, { Dockerfile: LINES, 'old.yaml': LINES });
  await write('Dockerfile', LINES.replace('two', 'TWO'));
  const hits = [
    { rule: 'image-user', message: 'a', place: { file: 'Dockerfile', line: 2, column: 1 } },
    { rule: 'image-user', message: 'b', place: { file: 'Dockerfile', line: 3, column: 1 } },
    { rule: 'image-user', message: 'c', place: { file: 'old.yaml', line: 2, column: 1 } },
    { rule: 'image-user', message: 'd', place: { file: 'fresh.yaml', line: 2, column: 1 } },
    { rule: 'image-user', message: 'e', place: { exchange: 'tools/list' } },
  ];
  const report = applyChanges(reportOf(hits), await readChanges(folder, 'HEAD'));
  assert.deepEqual(
    report.findings.map(({ known }) => known),
    [undefined, 'unchanged', 'unchanged', undefined, undefined],
  );
});

test('nothing that a repository names is run, and it cannot hide what changed', async (t) => {
  const { folder, write, git } = await repository(t, { 'x.txt': LINES });
  const ran = join(folder, 'ran');
  const program = join(folder, 'program.sh');
  await writeFile(program, `#!/bin/sh\necho "$0 $*" >> '${ran}'\ncat\n`);
  await chmod(program, 0o755);
  await write('.gitattributes', '* filter=evil diff=evil -text\nx.txt -diff filter=evil\n');
  await write('x.txt', LINES.replace('two', 'TWO').replace('four', 'FOUR'));
  const hooks = join(folder, '.git/hooks');
  for (const name of ['post-index-change', 'pre-commit', 'fsmonitor-watchman']) {
    await writeFile(join(hooks, name), `#!/bin/sh\necho ${name} >> '${ran}'\n`);
    await chmod(join(hooks, name), 0o755);
  }
  git('config', 'extensions.worktreeConfig', 'true');
  await writeFile(join(folder, '.git/config.worktree'), `[filter "tree"]\n\tclean = ${program}\n`);
  await write('more.config', `[filter "evil"]\n\tclean = ${program}\n\tprocess = ${program}\n\trequired = true\n`);
  for (const [key, value] of [
    ['core.fsmonitor', program],
    ['core.hooksPath', hooks],
    ['core.pager', program],
    ['pager.diff', program],
    ['diff.external', program],
    ['diff.evil.command', program],
    ['diff.evil.textconv', program],
    ['diff.interHunkContext', '9'],
    ['diff.noprefix', 'true'],
    ['diff.mnemonicPrefix', 'true'],
    ['diff.orderFile', '/dev/null'],
    ['color.ui', 'always'],
    ['include.path', '../more.config'],
  ] as const)
    git('config', key, value);
  const { files } = await readChanges(folder, 'HEAD');
  assert.equal(existsSync(ran), false, 'a program of the repository ran');
  assert.deepEqual(files.get('x.txt'), [
    [2, 2],
    [4, 4],
  ]);
  // With the same settings git itself does run it.
  assert.throws(() => git('diff', 'HEAD'));
  assert.equal(existsSync(ran), true);
});

test('what is no commit, no repository, or an option, is refused', async (t) => {
  const { folder } = await repository(t, { 'x.txt': LINES });
  for (const ref of ['absent', '--output=x', '-p', '', 'HEAD:x.txt', 'HEAD..main'])
    await assert.rejects(
      readChanges(folder, ref),
      { name: 'TypeError', message: /^git cannot tell what changed/ },
      ref,
    );
  const none = await mkdtemp(join(tmpdir(), 'portcullis-none-'));
  t.after(() => rm(none, { recursive: true, force: true }));
  await assert.rejects(readChanges(none, 'HEAD'), /not a git repository/);
});

test('a repository of another user is refused', {
  skip: process.getuid?.() === 0 ? false : 'giving a folder away takes root',
}, async (t) => {
  const { folder } = await repository(t, { 'x.txt': LINES });
  await chown(folder, 12_345, 12_345);
  await chown(join(folder, '.git'), 12_345, 12_345);
  await assert.rejects(readChanges(folder, 'HEAD'), /dubious ownership/);
});

test('a difference is read by its counts, so that no line of a file passes for a head', () => {
  const text = [
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '@@ -1,2 +1,3 @@',
    '-+++ b/y',
    '-@@ -1 +1 @@',
    '+++ b/z',
    '++++ b/z',
    '+c',
    '\\ No newline at end of file',
    '@@ -9,0 +11 @@ +++ b/w',
    '+d',
    'diff --git a/gone b/gone',
    '--- a/gone',
    '+++ /dev/null',
    '@@ -1 +0,0 @@',
    '-x',
    '',
  ].join('\n');
  assert.deepEqual(
    [...parseDiff(text)],
    [
      [
        'x',
        [
          [1, 3],
          [11, 11],
        ],
      ],
    ],
  );
});
