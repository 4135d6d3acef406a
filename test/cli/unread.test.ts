import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { portcullis } from '../support/command.ts';

const BIN = fileURLToPath(new URL('../../bin/portcullis.js', import.meta.url));
const NOTES = fileURLToPath(new URL('../../examples/notes/server.ts', import.meta.url));

interface Unread {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Runs the command line with a standard output whose reader has gone, as `head` goes. */
async function unread(t: TestContext, cwd: string, ...args: string[]): Promise<Unread> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, stderr };
}

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-unread-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const FINE: Unread = { code: 0, signal: null, stderr: '' };

test('a server whose output nobody reads any more closes as it does when it is stopped', async (t) => {
  const cwd = await folder(t);
  assert.deepEqual(await unread(t, cwd, 'dev', NOTES, '--port', '0'), FINE);
  const verify = portcullis(t, cwd, ['log', 'verify']);
  assert.equal(await verify.ended, 0);
  assert.match(verify.stdout(), /^The log is whole: 2 records, 2 signed\.\n$/);
  // One that prints comes to its end, and one that follows goes on for as long as somebody reads.
  assert.deepEqual(await unread(t, cwd, 'log', 'show'), FINE);
  assert.deepEqual(await unread(t, cwd, 'log', 'tail'), FINE);
});

test('the exit code is true also when nobody reads why', async (t) => {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'portcullis.yaml'), 'profle: dev\n');
  assert.equal((await unread(t, cwd, 'config', 'check')).code, 1);
});
