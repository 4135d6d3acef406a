import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { portcullis } from '../support/command.ts';
import { scratch } from '../support/interop.ts';
import { startSmallServer, unguessable } from '../support/small-server.ts';

const TOKEN = 'small-server-token-0123456789';

async function world(t: TestContext) {
  const folder = await scratch(t);
  await writeFile(join(folder, 'token.txt'), `${TOKEN}\n`);
  return {
    folder,
    audit: async (...args: readonly string[]) => {
      const command = portcullis(t, folder, ['audit', ...args]);
      return { code: await command.ended, out: command.stdout(), err: command.stderr() };
    },
  };
}

test('a server is audited by its URL, kept without its token, and judged again when it is gone', async (t) => {
  const { folder, audit } = await world(t);
  const url = await startSmallServer(t, { token: TOKEN, session: unguessable });
  const kept = join(folder, 'run.json');
  const first = await audit(
    url,
    '--token-file',
    'token.txt',
    '--call',
    'time={}',
    '--save',
    kept,
    '--fail-on',
    'never',
  );
  assert.equal(first.code, 0);
  assert.match(first.out, new RegExp(`^${url}: `));
  assert.match(first.out, /foreign-origin ARC-02/);
  assert.ok(!first.out.includes(TOKEN) && !(await readFile(kept, 'utf8')).includes(TOKEN));
  assert.equal((await stat(kept)).mode & 0o777, 0o600);
  const again = await audit(kept, '--replay', '--fail-on', 'never');
  assert.equal(again.out, first.out);
  const failing = await audit(
    url,
    '--token-file',
    'token.txt',
    '--era',
    'modern',
    '--fail-on',
    'medium',
    '--format',
    'json',
  );
  assert.equal(failing.code, 1);
  assert.doesNotMatch(failing.out, /legacy/);
});

test('a server that wants a token ends with 2, and what would help', async (t) => {
  const { audit } = await world(t);
  const url = await startSmallServer(t, { token: TOKEN });
  const { code, out } = await audit(`${url}?key=a-key-of-some-length`);
  assert.equal(code, 2);
  assert.match(out, /wants a token and none was given: .*--token-env.*--token-file/);
  assert.doesNotMatch(out, /a-key-of-some-length/);
});

test('what cannot be meant is told in a sentence, without what may be a secret', async (t) => {
  const { folder, audit } = await world(t);
  await writeFile(join(folder, 'bearer.txt'), `Bearer ${TOKEN}`);
  const url = 'http://127.0.0.1:9/mcp';
  for (const [args, said] of [
    [[url, '--token-file', 'absent.txt'], /absent\.txt cannot be read/],
    [[url, '--token-file', 'bearer.txt'], /bearer\.txt holds no access token/],
    [[url, '--token-env', 'NO_SUCH_NAME'], /the environment has no NO_SUCH_NAME/],
    [[url, '--token-env', 'A', '--token-file', 'token.txt'], /not both/],
    [[url, '--call', 'time={'], /is no tool with arguments/],
    [[url, '--expired-token-file', 'absent.txt'], /absent\.txt cannot be read/],
    [[url, '--own-call', 'note=7'], /--own-call note=7 is no tool with arguments/],
    [[url, '--timeout', '0'], /number of seconds from 1/],
    [[`http://ann:${TOKEN}@127.0.0.1:9/mcp`], /carries credentials/],
    [[url, '--patch', 'x.patch'], /--patch needs the target itself/],
  ] as const) {
    const { code, err } = await audit(...args);
    assert.equal(code, 1);
    assert.match(err, said);
    assert.doesNotMatch(err, new RegExp(TOKEN));
  }
});
