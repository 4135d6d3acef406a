import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { portcullis } from '../support/command.ts';
import { scratch } from '../support/interop.ts';

async function run(t: TestContext, ...args: readonly string[]) {
  const command = portcullis(t, await scratch(t), args);
  return { code: await command.ended, out: command.stdout(), err: command.stderr() };
}

test('every command that the help names is there when it is named alone', async (t) => {
  const { code, out } = await run(t, '--help');
  assert.equal(code, 0);
  const listed = /^Commands:\n([^]*)/m.exec(out)?.[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name]) => name ?? []);
  assert.ok(names.length > 12, out);
  for (const name of names.filter((each) => each !== 'help')) {
    const own = await run(t, name, '--help');
    assert.equal(own.code, 0, own.err);
    assert.ok(own.out.startsWith(`Usage: portcullis ${name}`), own.out);
  }
});

test('an option may stand before a command, and what is no command is said', async (t) => {
  const own = await run(t, '--debug', 'audit', '--help');
  assert.match(own.out, /^Usage: portcullis audit/);
  const { code, err } = await run(t, 'audits');
  assert.equal(code, 1);
  assert.match(err, /unknown command 'audits'[^]*Did you mean audit\?/);
});
