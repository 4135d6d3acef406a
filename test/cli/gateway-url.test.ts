import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { portcullis } from '../support/command.ts';
import { startUrlUpstream, type UrlKind } from '../support/url-upstreams.ts';

const BIN = fileURLToPath(new URL('../../bin/portcullis.js', import.meta.url));
const SECRET = 'k-9f1c22d07be1c955';

async function folder(t: TestContext, kind: UrlKind) {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-gateway-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const upstream = await startUrlUpstream(kind);
  t.after(() => upstream.close());
  const web = { type: 'http', url: upstream.url, headers: { Authorization: `Bearer ${SECRET}` } };
  const old = { type: 'sse', url: 'https://mcp.example.com/sse' };
  await writeFile(join(path, 'mcp.json'), JSON.stringify({ mcpServers: { Web: web, old } }));
  const run = async (...args: readonly string[]): Promise<{ code: unknown; all: string }> => {
    const command = portcullis(t, path, args);
    command.endInput();
    const code = await command.ended;
    return { code, all: command.stdout() + command.stderr() };
  };
  return { path, upstream, run };
}

test('from the URL in the file of a client to a served tool', async (t) => {
  const { path, upstream, run } = await folder(t, 'modern');
  const imported = await run('gateway', 'import', 'mcp.json');
  assert.equal(imported.code, 0, imported.all);
  assert.match(imported.all, /left out: old: it speaks the SSE transport of 2024-11-05/);
  assert.equal((await stat(join(path, '.portcullis/secrets/web-authorization'))).mode & 0o777, 0o600);
  const pin = await run('gateway', 'pin', '--yes');
  assert.equal(pin.code, 0, pin.all);
  assert.ok(pin.all.includes(`web: ${upstream.url}, says it is modern-upstream, in the modern era`), pin.all);
  const approved = await run('gateway', 'approve', '--by', 'eva');
  assert.match(approved.all, /Approved 2 /);
  const list = await run('gateway', 'list');
  assert.match(list.all, /^web__say +write +web:write +approved$/m);
  const lock = JSON.parse(await readFile(join(path, 'portcullis.lock'), 'utf8')) as {
    readonly upstreams: { readonly web: Readonly<Record<string, unknown>> };
  };
  const { source, integrity, era } = lock.upstreams.web;
  assert.deepEqual({ source, integrity, era }, { source: upstream.url, integrity: 'none', era: 'modern' });

  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  const args = [BIN, 'gateway', '--stdio'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: path, stderr: 'ignore' }));
  try {
    const { content } = await client.callTool({ name: 'web__say', arguments: { text: 'hi' } });
    assert.match(JSON.stringify(content), /said hi/);
  } finally {
    await client.close();
  }
  assert.deepEqual(
    new Set(upstream.seen.map(({ headers }) => headers['authorization'])),
    new Set([`Bearer ${SECRET}`]),
  );
  for (const { all } of [imported, pin, approved, list]) assert.equal(all.includes(SECRET), false);
  for (const file of ['portcullis.yaml', 'portcullis.lock'])
    assert.equal((await readFile(join(path, file), 'utf8')).includes(SECRET), false, file);
});
