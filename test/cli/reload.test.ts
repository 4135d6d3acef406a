import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as z from 'zod';
import { readConfig } from '../../src/config/read.ts';
import { createReloader, type Reloader } from '../../src/config/watch.ts';
import { server, serveHttp, tool, type Host, type ServerDefinition } from '../../src/index.ts';
import { loadOrCreateKey } from '../../src/record/keys.ts';
import { openLog } from '../../src/record/log.ts';
import { readLog } from '../../src/record/read.ts';
import { startIssuer } from '../../src/prove/issuer.ts';

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A server whose second call waits until it is let go. */
function declare(gate: Promise<void>): ServerDefinition {
  const echo = (name: string, wait: boolean) =>
    tool({
      name,
      description: `Echo a text (${name}).`,
      input: z.strictObject({ text: z.string().max(10_000) }),
      output: z.strictObject({ text: z.string() }),
      scope: 'echo:use',
      effect: 'read',
      async run({ text }) {
        if (wait) await gate;
        return { text };
      },
    });
  return server({ name: 'echo', version: '1.0.0', tools: [echo('echo', false), echo('slow_reply', true)] });
}

interface Rig {
  readonly host: Host;
  readonly file: string;
  readonly said: string[];
  readonly reloader: Reloader;
  readonly log: string;
  readonly release: () => void;
  readonly write: (text: string) => Promise<void>;
  readonly call: (name: string, text: string) => Promise<{ status: number; body: Record<string, unknown> }>;
  readonly post: (method: string, params: object, headers?: Record<string, string>) => Promise<Response>;
}

async function rig(t: TestContext): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-reload-'));
  const issuer = await startIssuer();
  const file = join(directory, 'portcullis.yaml');
  await writeFile(file, 'profile: dev\n');
  const log = join(directory, 'audit');
  const recorder = await openLog({
    directory: log,
    origin: 'localhost/t',
    key: await loadOrCreateKey(join(directory, 'k')),
  });
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  const auth = { issuers: [{ issuer: issuer.issuer }] };
  const host = await serveHttp(declare(gate), { profile: 'dev', http: { port: 0 }, auth, recorder });
  t.after(async () => {
    release();
    await host.close();
    await recorder.close();
    await issuer.close();
    await rm(directory, { recursive: true, force: true });
  });
  const url = host.url ?? '';
  const token = await issuer.mint({ scope: 'echo:use', aud: url });
  const said: string[] = [];
  const reloader = createReloader(await readConfig(file), {
    recorder,
    redact: (text) => text,
    reconfigure: (next) => host.reconfigure(next),
    say: (level, sentence) => said.push(`${level}: ${sentence}`),
  });
  t.after(() => reloader.close());
  const post: Rig['post'] = (method, params, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }),
    });
  return {
    host,
    file,
    said,
    reloader,
    log,
    release,
    async write(text) {
      await writeFile(file, text);
      await reloader.reload();
    },
    async call(name, text) {
      const response = await post('tools/call', { name, arguments: { text } }, { 'mcp-name': name });
      return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) };
    },
    post,
  };
}

const listed = z.object({ result: z.object({ tools: z.array(z.unknown()), nextCursor: z.string().optional() }) });

test('origins change while serving, and back; each change is on the audit log with both values', async (t) => {
  const { post, write, log, said } = await rig(t);
  const status = async (): Promise<number> => (await post('tools/list', {}, { origin: 'https://app.example' })).status;
  assert.equal(await status(), 403);
  await write('profile: dev\nhttp: {allowedOrigins: ["https://app.example"]}\n');
  assert.equal(await status(), 200);
  await write('profile: dev\n');
  assert.equal(await status(), 403);
  const records = [];
  for await (const record of readLog(log, { filter: ({ kind }) => kind === 'config' })) {
    records.push([record.target, record.before, record.after, record.decision]);
  }
  assert.deepEqual(records, [
    ['http.allowedOrigins', '', '["https://app.example"]', 'accepted'],
    ['http.allowedOrigins', '["https://app.example"]', '', 'accepted'],
  ]);
  assert.deepEqual(said[0], 'info: configuration: http.allowedOrigins: nothing -> ["https://app.example"]');
});

test('a file that cannot be used changes nothing, says where, and a good one is taken after it', async (t) => {
  const { post, write, said, file, log } = await rig(t);
  const status = async (): Promise<number> => (await post('tools/list', {}, { origin: 'https://app.example' })).status;
  await write('profile: dev\nhttp: {allowedOrigins: ["https://app.example"]}\n');
  for (const bad of [
    'profile: dev\nhttp: {allowedOrigin: []}\n',
    'profile: dev\nhttp: {allowedOrigins: ["*"]}\n',
    'profile: dev\nhttp: {allowedOrigins: []}\nlimits: {pageSize: 0}\n',
  ]) {
    await write(bad);
    assert.equal(await status(), 200, bad);
  }
  assert.match(said[1] ?? '', new RegExp(`^error: ${file}:2:8: http.allowedOrigin: there is no such key`));
  assert.equal(said.filter((line) => line.endsWith('The configuration before it stays in force.')).length, 3);
  await write('profile: dev\n');
  assert.equal(await status(), 403);
  let refused = 0;
  for await (const { decision } of readLog(log, { filter: ({ kind }) => kind === 'config' })) {
    if (decision === 'refused') refused += 1;
  }
  assert.equal(refused, 3);
});

test('what needs a restart is said and left as it is, and the rest of the file is taken', async (t) => {
  const { host, post, write, said } = await rig(t);
  await write('profile: dev\nhttp: {path: /other, allowedOrigins: ["https://app.example"]}\nlimits: {depth: 2}\n');
  assert.equal(host.settings.limits.depth, 32);
  assert.equal((await post('tools/list', {}, { origin: 'https://app.example' })).status, 200);
  assert.ok(said.includes('info: configuration: http.path: nothing -> "/other" (restart needed)'), said.join('\n'));
  assert.ok(said.includes('info: configuration: limits.depth: nothing -> 2 (restart needed)'), said.join('\n'));
});

test('the host names of the server itself stay when further ones change', async (t) => {
  const { post, write } = await rig(t);
  await write('profile: dev\nhttp: {allowedHosts: [notes.example.com]}\n');
  assert.equal((await post('tools/list', {})).status, 200);
});

test('the size of pages and answers, the rate and the concurrency change while serving', async (t) => {
  const { call, post, write, release } = await rig(t);
  const page = async () => listed.parse(await (await post('tools/list', {})).json()).result;
  assert.equal((await page()).tools.length, 2);
  await write('profile: dev\nlimits: {pageSize: 1}\n');
  assert.equal((await page()).tools.length, 1);

  assert.equal(JSON.stringify(await call('echo', 'x'.repeat(3000))).includes('OUTPUT_TOO_LARGE'), false);
  await write('profile: dev\nlimits: {resultBytes: 2000}\n');
  assert.ok(JSON.stringify(await call('echo', 'x'.repeat(3000))).includes('OUTPUT_TOO_LARGE'));

  await write('profile: dev\nlimits: {concurrentTotal: 1}\n');
  const first = call('slow_reply', 'a');
  let second = await call('echo', 'b');
  while (second.status === 200) second = await call('echo', 'b');
  assert.equal(second.status, 503);
  release();
  assert.equal((await first).status, 200);

  await write('profile: dev\nlimits: {perMinutePrincipal: 1, burstPrincipal: 1}\n');
  let limited = await call('echo', 'c');
  while (limited.status === 200) limited = await call('echo', 'c');
  assert.equal(limited.status, 429);
});

test('a change that cannot be recorded does not happen', async (t) => {
  const { host, file } = await rig(t);
  const said: string[] = [];
  const failing = createReloader(await readConfig(file), {
    recorder: {
      append: () => Promise.reject(new Error('the disk is full')),
      note: () => undefined,
      healthy: false,
      close: () => Promise.resolve(),
    },
    redact: (text) => text,
    reconfigure: (next) => host.reconfigure(next),
    say: (level, sentence) => said.push(`${level}: ${sentence}`),
  });
  t.after(() => failing.close());
  await writeFile(file, 'profile: dev\nlimits: {pageSize: 7}\n');
  await failing.reload();
  assert.equal(said[0], 'error: the disk is full\nThe configuration before it stays in force.');
  assert.equal(host.settings.limits.pageSize, 100);
});
