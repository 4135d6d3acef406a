import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { portcullis } from '../support/command.ts';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

const MODULE = `
import { readFileSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import * as z from '${import.meta.resolve('zod')}';
import { server, sql, tool } from '${INDEX}';

const define = (name, run, needs = {}) => tool({
  name, description: 'Does one thing.', input: z.strictObject({}), output: z.strictObject({ text: z.string().max(200) }),
  scope: 't:use', effect: 'read', sandbox: 'process', needs, run: async (_, ctx) => ({ text: String(await run(ctx)) }),
});
export default server({ name: 'sandboxed', version: '1.0.0', tools: [
  define('works', () => [1, 2, 3].map((n) => n * n).join()),
  define('queries', async ({ db }) => (await db.get\`select 6 * 7 as n\`).n, { db: sql('desk', 'read') }),
  define('tries', () => [
    () => readFileSync('/etc/hostname', 'utf8'), () => readdirSync('/proc'), () => spawnSync('/bin/true').status,
  ].map((attempt) => { try { return attempt(); } catch (error) { return error.code; } }).join()),
  define('dies', () => process.kill(process.pid, 'SIGKILL') && new Promise(() => undefined)),
] });
`;

const skip = existsSync('/usr/bin/bwrap') ? false : 'needs the Debian package bubblewrap';

test('handlers in process sandboxes work under the permission flags of serve, and are held in them', {
  skip,
}, async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'portcullis-sandboxed-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  // A sandbox of root runs as another user, who has to reach its files.
  await chmod(cwd, 0o711);
  await writeFile(join(cwd, 'server.ts'), MODULE);
  await writeFile(join(cwd, 'portcullis.yaml'), 'profile: dev\nsandbox: {perPrincipal: 2, ready: 0}\n');
  const run = portcullis(t, cwd, ['serve', 'server.ts', '--stdio', '--config', 'portcullis.yaml']);
  let id = 0;
  const call = async (name: string): Promise<string> => {
    const params = { name, arguments: {}, _meta: META };
    run.send(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method: 'tools/call', params })}\n`);
    const [, line = ''] = await run.until(new RegExp(`^(.*"id":${id},.*)$`, 'm'));
    return /"structuredContent":\{"text":"([^"]*)"/.exec(line)?.[1] ?? /\(([A-Z_]+), request/.exec(line)?.[1] ?? line;
  };
  assert.equal(await call('works'), '1,4,9');
  assert.equal(await call('queries'), '42');
  assert.equal(await call('tries'), 'ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,ERR_ACCESS_DENIED');
  // It ends without an answer: the call does not wait for one, and the next has a sandbox of its own.
  assert.equal(await call('dies'), 'SANDBOX_FAILED');
  assert.equal(await call('works'), '1,4,9');
  run.endInput();
  assert.equal(await run.ended, 0);
  assert.doesNotMatch(run.stderr(), /cannot make a sandbox|undeclared behaviour/);
});
