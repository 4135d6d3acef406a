import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scaffold } from '../../scripts/new-control.ts';
import { readSlices } from '../../scripts/generators/slices.ts';
import type { Rule } from '../../src/audit/rule.ts';
import { ROOT } from './repository.ts';

const SHARED = [
  'src/audit',
  'src/pipeline',
  'src/protocol',
  'src/prove',
  'src/insecure.ts',
  'src/index.ts',
  'test/support',
];
let root = '';

/** A repository with no slice, whose other folders are those of this one. */
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'portcullis-new-control-'));
  for (const folder of ['src/controls', 'test']) await mkdir(join(root, folder), { recursive: true });
  for (const path of SHARED) await symlink(join(ROOT, path), join(root, path));
});

after(async () => {
  await rm(root, { recursive: true, force: true });
});

test('a new control has all parts of a slice, and says what is left', async () => {
  const { files, next } = await scaffold(root, 'tea-break');
  assert.deepEqual(files, [
    'src/controls/tea-break/README.md',
    'src/controls/tea-break/meta.ts',
    'src/controls/tea-break/control.ts',
    'src/controls/tea-break/control.test.ts',
    'src/controls/tea-break/rule.ts',
    'src/controls/tea-break/fixtures/good.ts',
    'src/controls/tea-break/fixtures/bad.ts',
  ]);
  for (const file of files) assert.ok(existsSync(join(root, file)), file);
  assert.match(next, /row\('authorize', 'tea-break', 'hs ml'\)/);
  assert.match(next, /export const insecureWithoutTeaBreak: unique symbol = Symbol\('insecureWithoutTeaBreak'\);/);
  assert.deepEqual(
    (await readSlices(root)).map(({ id, insecure }) => [id, insecure]),
    [['tea-break', 'insecureWithoutTeaBreak']],
  );
});

test('it fails until it is filled in, and says where', async () => {
  await scaffold(root, 'coffee-break');
  const file = 'src/controls/coffee-break/control.test.ts';
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', file], { cwd: root, env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stdout, /coffee-break\/control\.ts: write the decision/);
  const module: unknown = await import(pathToFileURL(join(root, 'src/controls/coffee-break/rule.ts')).href);
  const { rule } = module as { readonly rule: Rule };
  const served = { status: 200, headers: {}, message: { result: {} }, notifications: [], text: '' };
  assert.deepEqual(rule.judge([{ label: 'a well-formed request', reply: served }]), {
    status: 'unknown',
    why: 'src/controls/coffee-break/rule.ts: write the attack: not observed',
  });
});

test('an id that is wrong or taken is refused, and nothing is overwritten', async () => {
  await scaffold(root, 'lunch');
  const before = await readFile(join(root, 'src/controls/lunch/meta.ts'), 'utf8');
  await assert.rejects(scaffold(root, 'lunch'), { name: 'TypeError', message: 'src/controls/lunch is there already.' });
  await assert.rejects(scaffold(root, 'rate-limit'), { message: '"rate-limit" is in the pipeline already.' });
  for (const id of ['', 'Lunch', '../lunch', 'lunch/', 'lunch_break', '-lunch', 'lunch-', 'l unch'])
    await assert.rejects(scaffold(root, id), TypeError, id);
  assert.equal(await readFile(join(root, 'src/controls/lunch/meta.ts'), 'utf8'), before);
});
