import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { auditRulesModule } from '../../scripts/generators/audit-rules.ts';
import { scaffoldRule } from '../../scripts/new-rule.ts';
import { ROOT } from './repository.ts';

let root = '';

/** A repository whose audit is a copy of this one, and whose other folders are those of this one. */
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'portcullis-new-rule-'));
  await mkdir(join(root, 'src'), { recursive: true });
  cpSync(join(ROOT, 'src/audit'), join(root, 'src/audit'), { recursive: true });
  for (const folder of ['src/pipeline', 'test']) await mkdir(join(root, folder));
  await symlink(join(ROOT, 'test/support'), join(root, 'test/support'));
  for (const path of ['package.json', 'node_modules', 'src/pipeline/limits.ts', 'src/pipeline/control.ts'])
    await symlink(join(ROOT, path), join(root, path));
  for (const path of ['catalogue', 'protocol', 'text', 'scan', 'manifest', 'record', 'sandbox', 'schema', 'errors.ts'])
    await symlink(join(ROOT, 'src', path), join(root, 'src', path));
});

after(async () => {
  await rm(root, { recursive: true, force: true });
});

function run(...args: readonly string[]): SpawnSyncReturns<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
}

test('a new rule about files is entered, and fails until it is filled in', async () => {
  const { files, next } = await scaffoldRule(root, 'files', 'tea-break');
  assert.deepEqual(files, ['src/audit/rules/tea-break/rule.ts']);
  assert.match(next, /under 'tea-break' in src\/audit\/rules\.test\.ts/);
  const { path, content } = await auditRulesModule(root);
  assert.match(content, /import \{ rule as teaBreak \} from '\.\/rules\/tea-break\/rule\.ts';/);
  await writeFile(join(root, path), content);
  const { status, stdout } = run('--test', '--test-name-pattern=tea-break', 'src/audit/rules.test.ts');
  assert.equal(status, 1);
  assert.match(stdout, /tea-break tells the wrong from the right/);
});

test('a new rule of another kind has its test, which says what is left', async () => {
  for (const kind of ['code', 'live', 'package', 'evidence']) {
    const id = `${kind}-break`;
    const { files } = await scaffoldRule(root, kind, id);
    assert.deepEqual(files, [`src/audit/rules/${id}/rule.ts`, `src/audit/rules/${id}/rule.test.ts`]);
    const { status, stdout } = run('--test', `src/audit/rules/${id}/rule.test.ts`);
    assert.equal(status, 1);
    assert.match(stdout, new RegExp(`src/audit/rules/${id}/rule\\.ts: write gather and judge`));
  }
});

test('what is wrong or taken is refused, and nothing is overwritten', async () => {
  await scaffoldRule(root, 'files', 'lunch');
  const file = join(root, 'src/audit/rules/lunch/rule.ts');
  const text = await readFile(file, 'utf8');
  await assert.rejects(scaffoldRule(root, 'files', 'lunch'), { message: 'src/audit/rules/lunch is there already.' });
  await assert.rejects(
    scaffoldRule(root, 'file', 'supper'),
    /^TypeError: "file" is no kind\. Take one of: files, code/,
  );
  for (const id of ['', 'Lunch', '../lunch', 'lunch/', 'lunch_break', '-lunch', 'lunch-', 'l unch'])
    await assert.rejects(scaffoldRule(root, 'code', id), TypeError, id);
  assert.equal(await readFile(file, 'utf8'), text);
});
