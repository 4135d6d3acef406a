import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { detectSandbox, probeSandbox } from '../sandbox/support.ts';
import { startUpstream } from './launch.ts';

const here = await detectSandbox();
const SANDBOX = here.missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${here.missing}` };

/** A server of the legacy era without tools, and what it does when its input ends. */
const server = (atEnd: string): string => `
const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (method === 'initialize')
    say(id, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x', version: '1' } });
  else if (id !== undefined) say(id, { tools: [] });
}).on('close', () => { ${atEnd} });
`;

/** Starts it, with a file that it may write to, and stops it; gives what stands in the file then. */
async function stopped(t: TestContext, atEnd: (file: string) => string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-launch-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o777);
  const file = join(folder, 'said');
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  const installed = {
    source: 'x',
    integrity: 'x',
    program: process.execPath,
    args: ['-e', server(atEnd(JSON.stringify(file)))],
    reads: [],
  };
  const running = await startUpstream({
    id: 'up',
    installed,
    needs: { writes: [folder] },
    environment: async () => ({}),
    support: here,
    log: () => undefined,
  });
  await running.stop();
  return readFileSync(file, 'utf8');
}

test('an upstream that is stopped sees its input end, and ends by itself', SANDBOX, async (t) => {
  const bye = (file: string): string => `setTimeout(() => require('node:fs').writeFileSync(${file}, 'bye'), 50)`;
  assert.equal(await stopped(t, bye), 'bye');
});

test('one that does not end is ended', SANDBOX, async (t) => {
  assert.equal(await stopped(t, () => 'setInterval(() => undefined, 1000)'), '');
});

test('without bubblewrap nothing of an upstream is run', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-pool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'ran');
  const installed = {
    source: 'touch',
    integrity: 'x',
    program: process.execPath,
    args: ['-e', `require('node:fs').writeFileSync(${JSON.stringify(file)}, '')`],
    reads: [],
  };
  const support = await probeSandbox([]);
  const launch = { id: 'files', installed, needs: {}, environment: async () => ({}), support, log: () => undefined };
  await assert.rejects(startUpstream(launch), {
    name: 'TypeError',
    message: /upstream "files" runs in a sandbox or not at all\. .*bubblewrap/,
  });
  assert.equal(existsSync(file), false);
});
