import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { install } from './install.ts';

async function programs(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-install-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const command = join(folder, 'server');
  const script = join(folder, 'script.js');
  await writeFile(command, '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(script, 'one');
  return { folder, command, script };
}

test('a program, or a file among its arguments, that was changed is told from one that was only touched', async (t) => {
  const { command, script } = await programs(t);
  const installed = await install('up', { command, args: ['--mode', script] }, '/nowhere');
  assert.equal(await installed.unchanged?.(), true);
  await utimes(script, 1, 1);
  assert.equal(await installed.unchanged?.(), true);
  await writeFile(script, 'two');
  assert.equal(await installed.unchanged?.(), false);
  await writeFile(script, 'one');
  assert.equal(await installed.unchanged?.(), true);
  await appendFile(command, '\n');
  assert.equal(await installed.unchanged?.(), false);
  await rm(command);
  await assert.rejects(async () => await installed.unchanged?.(), { code: 'ENOENT' });
});

test('what a program is given to work on may change, and what it may write itself', async (t) => {
  const { folder, command, script } = await programs(t);
  const data = join(folder, 'data.json');
  await writeFile(data, '{}');
  const beside = await install('up', { command, args: [script, data] }, '/nowhere');
  const own = await install('up', { command, args: [data], needs: { writes: [folder] } }, '/nowhere');
  await writeFile(data, '{"a":1}');
  assert.equal(await beside.unchanged?.(), true);
  assert.equal(await own.unchanged?.(), true);
});

test('a program that fetches another one is none, by its own name or that of a link', async (t) => {
  const { folder, command } = await programs(t);
  const npx = join(folder, 'npx');
  await symlink(command, npx);
  const args = ['-y', 'some-server@1.2.3'];
  await assert.rejects(install('up', { command: npx, args }, '/nowhere'), {
    name: 'TypeError',
    message:
      '"up": npx decides at each start what it runs. Name the package at an exact version, or the program itself.',
  });
  await assert.rejects(install('up', { command, args: [npx, ...args] }, '/nowhere'), /^TypeError: "up": npx decides/);
});

test('a package has an exact version', async () => {
  for (const reference of ['some-server', 'some-server@latest', 'some-server@^1.2.3', '@a/b@1'])
    await assert.rejects(install('up', { package: reference }, '/nowhere'), /names no exact version/, reference);
});
