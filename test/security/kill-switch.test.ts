import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHttp } from '../../src/audit/http-client.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { createRootKeys } from '../../src/config/root-keys.ts';
import { principalId } from '../../src/identity/principal-id.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import { readLog } from '../../src/record/read.ts';
import { portcullis } from '../support/command.ts';

const INSTANCE = fileURLToPath(new URL('../support/switch-instance.ts', import.meta.url));
const PUBLIC = 'https://notes.example/mcp';
const DISABLED = 40304;
const SESSION_UNKNOWN = 40402;

/** Two processes on one store, and a third that flips its switches. */
async function start(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'switch-'));
  const issuer = await startIssuer();
  await createRootKeys(join(folder, 'root.keys'));
  const config = join(folder, 'portcullis.yaml');
  await writeFile(
    config,
    `profile: dev\ndata: .\nauth: {issuers: [{issuer: "${issuer.issuer}"}]}\nstore: {kind: sqlite, file: store.db}\n`,
  );
  const instances = await Promise.all(['one', 'two'].map((name) => startInstance(folder, name, issuer.issuer)));
  t.after(async () => {
    for (const { stop } of instances) await stop();
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  });
  const cli = async (...args: readonly string[]): Promise<{ code: unknown; out: string; err: string }> => {
    const command = portcullis(t, folder, [...args, '--config', config]);
    return { code: await command.ended, out: command.stdout(), err: command.stderr() };
  };
  const connect = async (url: string, sub: string, era: 'modern' | 'legacy' = 'modern'): Promise<Connection> => {
    const token = await issuer.mint({ sub, scope: 'text:read', aud: PUBLIC });
    return connectHttp({ url: new URL(url), era, token, capabilities: {} });
  };
  return { folder, issuer, urls: instances.map(({ url }) => url), stop: instances, cli, connect };
}

async function startInstance(folder: string, name: string, issuer: string) {
  const child = spawn(process.execPath, ['--no-warnings', INSTANCE, folder, name, issuer, PUBLIC], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: chunk.toString('utf8').trim(),
    stop: async (): Promise<void> => {
      if (child.exitCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

const echo = (connection: Connection): Promise<Reply> =>
  connection.request('tools/call', { name: 'echo', arguments: { text: 'x' } });

/** A request that stays open, once it has begun. */
async function open(
  connection: Connection,
  method: string,
  params: object,
  meta: object = {},
): Promise<{ reply: Promise<Reply> }> {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const reply = connection.request(
    method,
    { ...params },
    { meta: { ...meta }, onNotification: () => resolve(), hangUpMs: 30_000 },
  );
  await Promise.race([begun, reply]);
  return { reply };
}

const hold = (connection: Connection) =>
  open(connection, 'tools/call', { name: 'hold', arguments: {} }, { progressToken: 'h' });
const listen = (connection: Connection) =>
  open(connection, 'subscriptions/listen', { notifications: { toolsListChanged: true } });

const codeOf = ({ message }: Reply): unknown => (message?.['error'] as { code?: unknown } | undefined)?.code;

test('what a third process switches off ends in two others at once', { timeout: 120_000 }, async (t) => {
  const { folder, issuer, urls, stop, cli, connect } = await start(t);
  const alice = await Promise.all(urls.map((url) => connect(url, 'alice')));
  const old = await Promise.all(urls.map((url) => connect(url, 'alice', 'legacy')));
  const bob = await Promise.all(urls.map((url) => connect(url, 'bob')));

  const held = await Promise.all([...alice, ...bob, ...old].map((each) => hold(each)));
  assert.equal((await cli('disable', 'tool', 'hold', '--reason', 'drill')).out, 'tool hold is switched off.\n');
  // The very next request, with no time between for a message to arrive.
  for (const each of [...alice, ...old, ...bob]) {
    const reply = await each.request('tools/call', { name: 'hold', arguments: {} }, { hangUpMs: 5000 });
    assert.deepEqual([reply.status, codeOf(reply)], [403, DISABLED]);
  }
  for (const { reply } of held) assert.equal(codeOf(await reply), DISABLED);
  for (const each of [...alice, ...old, ...bob]) assert.equal((await echo(each)).status, 200);

  const streams = await Promise.all(alice.map((each) => listen(each)));
  const others = await Promise.all(bob.map((each) => listen(each)));
  const gets = await Promise.all(old.map((each, at) => get(urls[at] ?? '', each.session ?? '', issuer)));
  const id = principalId(issuer.issuer, undefined, 'alice');
  // By what the one issuer calls her; the record has her id.
  const off = await cli('disable', 'principal', 'alice', '--reason', 'stolen', '--for', '2h');
  assert.match(off.out, new RegExp(`^principal ${id} is switched off until 20`));
  for (const each of alice) assert.equal(codeOf(await echo(each)), DISABLED);
  // Their sessions are gone, and no other is opened.
  for (const each of old) assert.equal(codeOf(await echo(each)), SESSION_UNKNOWN);
  for (const url of urls) assert.equal((await connect(url, 'alice', 'legacy')).session, undefined);
  for (const each of bob) assert.equal((await echo(each)).status, 200);
  for (const { reply } of streams) assert.ok((await reply).message !== undefined, 'the stream was ended by the server');
  for (const { ended } of gets) await ended;
  for (const { reply } of others)
    assert.equal(await Promise.race([reply.then(() => 'ended'), Promise.resolve('open')]), 'open');

  assert.equal((await cli('switches', '--json')).out.split('\n').filter((line) => line !== '').length, 2);
  assert.equal((await cli('enable', 'principal', id)).out, `principal ${id} is switched on.\n`);
  for (const each of alice) assert.equal((await echo(each)).status, 200);
  const again = await cli('enable', 'principal', id);
  assert.deepEqual(
    [again.code, again.err],
    [1, `portcullis: principal ${id} is not switched off. See: portcullis switches\n`],
  );

  // Somebody who can write the store, and has no key.
  const store = new DatabaseSync(join(folder, 'store.db'));
  store.prepare("delete from entries where key = 'switches'").run();
  for (const each of [...alice, ...bob]) assert.equal(codeOf(await echo(each)), DISABLED);
  store.close();

  for (const each of stop) await each.stop();
  for (const name of ['one', 'two']) {
    const kinds: string[] = [];
    for await (const { kind, target, after } of readLog(join(folder, `audit-${name}`)))
      if (kind === 'switch' || kind === 'alert') kinds.push(`${kind} ${target} ${after?.slice(0, 12) ?? ''}`.trim());
    assert.deepEqual(kinds, [
      'switch tool hold off',
      `switch principal ${id} off until 20`,
      `switch principal ${id} on`,
      'alert kill-switch',
    ]);
  }
});

/** Opens a legacy stream; resolves when the server has ended it. */
async function get(
  url: string,
  session: string,
  issuer: Awaited<ReturnType<typeof startIssuer>>,
): Promise<{ readonly ended: Promise<unknown> }> {
  const token = await issuer.mint({ sub: 'alice', scope: 'text:read', aud: PUBLIC });
  const response = await fetch(url, {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      'mcp-session-id': session,
      'mcp-protocol-version': '2025-11-25',
    },
  });
  assert.equal(response.status, 200);
  return { ended: response.text().catch(() => 'cut') };
}

test('the command says what is wrong, and changes nothing then', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'switch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const run = async (...args: readonly string[]) => {
    const command = portcullis(t, folder, args);
    return [await command.ended, command.stderr().split('\n')[0]];
  };
  const reason = ['--reason', 'x'];
  assert.deepEqual(await run('disable', 'tool', 'x', ...reason), [
    1,
    `portcullis: there is no store in ${join(folder, '.portcullis/store.db')}. Name the configuration of the server: --config <file>.`,
  ]);
  assert.deepEqual(await run('disable', 'tool', 'x'), [1, "error: required option '--reason <text>' not specified"]);
  await writeFile(join(folder, 'portcullis.yaml'), 'profile: dev\nstore: {kind: memory}\n');
  assert.deepEqual(await run('switches'), [
    1,
    'portcullis: this configuration keeps its state in memory, which no other process can reach. Use kind: sqlite.',
  ]);
});
