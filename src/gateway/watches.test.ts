import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { eventually } from '../../test/support/eventually.ts';
import { startGateway } from '../../test/support/gateway-target.ts';
import type { Connection } from '../audit/rule.ts';
import { closeSharedIssuer } from '../prove/target.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { detectSandbox } from '../sandbox/support.ts';
import type { UpstreamOptions } from './options.ts';

const { missing } = await detectSandbox();
const options =
  missing === undefined ? { timeout: 120_000 } : { skip: `needs the Debian package bubblewrap: ${missing}` };
const UPSTREAMS = fileURLToPath(new URL('../../test/support/upstreams', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'portcullis-watches-'));
chmodSync(folder, 0o777);
after(async () => {
  await closeSharedIssuer();
  rmSync(folder, { recursive: true, force: true });
});

function upstream(era: 'modern' | 'legacy'): { readonly up: UpstreamOptions; readonly asked: () => readonly string[] } {
  const file = join(folder, randomUUID());
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  const up: UpstreamOptions = {
    command: process.execPath,
    args: [join(UPSTREAMS, 'watching.ts'), file, era],
    needs: { reads: [UPSTREAMS], writes: [folder] },
    tools: { touch: { effect: 'read' }, die: { effect: 'read' } },
    resources: { 'watch://a': {}, 'watch://items/{id}': {}, 'watch://mute': {} },
    era,
  };
  return { up, asked: () => readFileSync(file, 'utf8').split('\n').filter(Boolean) };
}

async function open(t: TestContext, up: UpstreamOptions, era: 'modern' | 'legacy' = 'modern') {
  const { target, held, stop } = await startGateway({ up }, { transport: 'http', era });
  t.after(stop);
  assert.deepEqual(held, []);
  const tokenOf = async (sub: string) => (await target.mint?.({ sub, scope: 'up:read' })) ?? '';
  const connect = async (sub: string) => target.connect({ token: await tokenOf(sub) });
  return { target, connect, tokenOf };
}

const call = (connection: Connection, name: string, uri = 'watch://a') =>
  connection.request('tools/call', { name: `up__${name}`, arguments: { uri } });

/** Listens, and gives what was granted, what is heard as it comes, and what hangs up. */
async function listen(connection: Connection, ...resourceSubscriptions: readonly string[]) {
  const heard: unknown[] = [];
  const granted = Promise.withResolvers<unknown>();
  const over = new AbortController();
  const onNotification = ({ method, params }: JsonObject): void => {
    const about = isObject(params) ? params : {};
    if (method === 'notifications/subscriptions/acknowledged')
      granted.resolve(isObject(about['notifications']) ? about['notifications']['resourceSubscriptions'] : undefined);
    else heard.push(about['uri']);
  };
  const done = connection.request(
    'subscriptions/listen',
    { notifications: { resourceSubscriptions } },
    { signal: over.signal, onNotification },
  );
  const end = async (): Promise<void> => {
    over.abort();
    await done;
  };
  return { granted: await granted.promise, heard, end };
}

test(
  'changes at an upstream reach whoever watches, by one subscription that ends with the last',
  options,
  async (t) => {
    const { up, asked } = upstream('legacy');
    const { connect } = await open(t, up);
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const first = await listen(alice, 'watch://a', 'watch://items/7', 'watch://mute', 'watch://nowhere');
    assert.deepEqual(first.granted, ['watch://a', 'watch://items/7']);
    const second = await listen(alice, 'watch://a');
    const other = await listen(bob, 'watch://a');
    // One process for each principal.
    assert.deepEqual(asked(), ['+watch://a', '+watch://items/7', '+watch://a']);
    await call(alice, 'touch', 'watch://items/7');
    await call(alice, 'touch');
    await eventually(() => first.heard.length === 2 && second.heard.length === 1);
    assert.deepEqual(first.heard, ['watch://items/7', 'watch://a']);
    await call(bob, 'touch');
    await eventually(() => other.heard.length === 1);
    assert.deepEqual([first.heard.length, second.heard.length], [2, 1]);

    await first.end();
    await eventually(() => asked().includes('-watch://items/7'));
    await call(alice, 'touch');
    await eventually(() => second.heard.length === 2);
    assert.ok(!asked().includes('-watch://a'));
    await second.end();
    await eventually(() => asked().includes('-watch://a'));
  },
);

test('whoever watches an upstream that ended is told, and hears of the next one', options, async (t) => {
  const { up, asked } = upstream('legacy');
  const { connect } = await open(t, up);
  const alice = await connect('alice');
  const { heard } = await listen(alice, 'watch://a');
  await call(alice, 'die');
  await eventually(() => heard.length === 1);
  await eventually(async () => (await call(alice, 'touch')).text.includes('touched'));
  await eventually(() => asked().length === 2);
  const before = heard.length;
  await call(alice, 'touch');
  await eventually(() => heard.length > before);
});

test('a legacy client subscribes through the gateway, and is told what cannot be', options, async (t) => {
  const { up, asked } = upstream('legacy');
  const { target, tokenOf } = await open(t, up, 'legacy');
  const client = new Client({ name: 'test', version: '1.0.0' });
  const heard: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.push(params.uri));
  const headers = { authorization: `Bearer ${await tokenOf('alice')}` };
  const transport = new StreamableHTTPClientTransport(target.url ?? new URL('http://nowhere.invalid'), {
    requestInit: { headers },
  });
  await client.connect(transport);
  t.after(() => client.close());
  await client.subscribeResource({ uri: 'watch://a' });
  await assert.rejects(client.subscribeResource({ uri: 'watch://mute' }));
  // Its stream for changes is opened in its own time.
  await eventually(async () => {
    await client.callTool({ name: 'up__touch', arguments: { uri: 'watch://a' } });
    return heard.length > 0;
  });
  assert.equal(heard[0], 'watch://a');
  await client.unsubscribeResource({ uri: 'watch://a' });
  await eventually(() => asked().includes('-watch://a'));
  await client.subscribeResource({ uri: 'watch://items/1' });
  await transport.terminateSession();
  await eventually(() => asked().includes('-watch://items/1'));
});

test('an upstream of the modern era is listened to, resource by resource', options, async (t) => {
  const { up, asked } = upstream('modern');
  const { connect } = await open(t, up);
  const alice = await connect('alice');
  const { granted, heard, end } = await listen(alice, 'watch://items/1', 'watch://mute', 'watch://a');
  assert.deepEqual(granted, ['watch://items/1', 'watch://a']);
  await call(alice, 'touch', 'watch://items/1');
  await eventually(() => heard.length === 1);
  assert.deepEqual(heard, ['watch://items/1']);
  await end();
  await eventually(() => asked().includes('-watch://items/1') && asked().includes('-watch://a'));
});
