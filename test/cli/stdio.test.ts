import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { portcullis } from '../support/command.ts';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;
const INSECURE = new URL('../../src/insecure.ts', import.meta.url).href;

/** A server that writes wherever it can: when it is loaded and when it is called. */
function chatty(insecure: string): string {
  return `
import * as z from '${import.meta.resolve('zod')}';
import { server, tool } from '${INDEX}';
import { insecureWithoutStdioHygiene } from '${INSECURE}';
const write = () => {
  console.log('SAID by console.log');
  console.info('SAID by console.info');
  console.table([{ said: 'SAID' }]);
  console.error('SAID by console.error');
  process.stdout.write('SAID by stdout.write\\n');
};
write();
const chat = tool({
  name: 'chat',
  description: 'Say something.',
  input: z.strictObject({ text: z.string().max(100) }),
  output: z.strictObject({ text: z.string() }),
  scope: 'chat:use',
  effect: 'read',
  run({ text }) {
    write();
    return { text };
  },
});
export default server({ name: 'chatty', version: '1.0.0', tools: [chat], insecure: [${insecure}] });
`;
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'chat', arguments: { text: 'hello' }, _meta: META },
});

async function write(t: TestContext, source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-stdio-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'server.ts'), source);
  return directory;
}

test('standard output carries messages only, whatever the server writes, and the end of input ends the process', async (t) => {
  const cwd = await write(t, chatty(''));
  const run = portcullis(t, cwd, ['dev', 'server.ts', '--stdio']);
  run.send(`${CALL}\n`);
  await run.until(/"id":7,"result"/);
  run.endInput();
  assert.equal(await run.ended, 0);
  const lines = run.stdout().trimEnd().split('\n');
  assert.equal(lines.length, 1);
  assert.deepEqual(JSON.parse(lines[0] ?? '').result.structuredContent, { text: 'hello' });
  for (const by of ['console.log', 'console.info', 'console.error', 'stdout.write']) {
    assert.equal(run.stderr().split(`SAID by ${by}\n`).length, 3, by);
  }
  const log = portcullis(t, cwd, ['log', 'show']);
  assert.equal(await log.ended, 0);
  assert.match(log.stdout(), / outcome +pass +tools\/call +chat /);
  assert.match(log.stdout(), / stop /);
});

test('with the control switched off what the server writes goes through', async (t) => {
  const cwd = await write(t, chatty('insecureWithoutStdioHygiene'));
  const run = portcullis(t, cwd, ['dev', 'server.ts', '--stdio']);
  run.send(`${CALL}\n`);
  await run.until(/"id":7,"result"/);
  run.endInput();
  assert.equal(await run.ended, 0);
  assert.match(run.stdout(), /SAID by console\.log\n/);
  assert.match(run.stdout(), /SAID by stdout\.write\n/);
});

test('a server that cannot start over stdio says why on standard error', async (t) => {
  const cwd = await write(t, 'export default 1;');
  const run = portcullis(t, cwd, ['dev', 'server.ts', '--stdio']);
  assert.equal(await run.ended, 1);
  assert.equal(run.stdout(), '');
  assert.match(run.stderr(), /^portcullis: server\.ts has no server as its default export/);
});
