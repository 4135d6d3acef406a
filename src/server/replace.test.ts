import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import * as z from 'zod';
import { eventually } from '../../test/support/eventually.ts';
import type { Connection, Reply } from '../audit/rule.ts';
import { createStdioChannel } from '../audit/stdio-client.ts';
import type { Capability } from '../capabilities/capability.ts';
import { manifestOf } from '../prove/manifest.ts';
import type { Deployment } from './deployment.ts';
import { serveHttp, serveStream, type Host } from './host.ts';
import { resource } from './resource.ts';
import { server, type ServerDefinition, type ServerOptions } from './server.ts';
import { tool } from './tool.ts';

const ERAS = ['modern', 'legacy'] as const;
const nothing = z.strictObject({});
const answer = z.strictObject({ text: z.string().max(100) });
const recorded = { record: () => Promise.resolve() };

/** A door that is opened and closed, and seen to be. */
function door(name: string, log: string[]): Capability<string> {
  return {
    kind: 'door',
    declares: {},
    open() {
      log.push(`${name} opened`);
      return { grant: () => name, close: () => void log.push(`${name} closed`) };
    },
  };
}

interface Declared {
  readonly name?: string;
  readonly need?: Capability<string>;
  readonly scope?: string;
  readonly run?: () => Promise<string> | string;
}

function say(words: string, { name = 'say', need, scope = 'say', run = () => words }: Declared = {}) {
  return tool({
    name,
    description: `Says ${words}.`,
    input: nothing,
    output: answer,
    scope,
    effect: 'read',
    ...(need === undefined ? {} : { needs: { door: need } }),
    run: async () => ({ text: await run() }),
  });
}

function declare(tools: ServerOptions['tools'] = [], more: Partial<ServerOptions> = {}): ServerDefinition {
  return server({ name: 'change', version: '1.0.0', tools, ...more });
}

async function start(t: TestContext, definition: ServerDefinition, more: Partial<Deployment> = {}) {
  const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
  const host: Host = await serveStream(definition, { profile: 'dev', ...more }, toServer, fromServer);
  t.after(async () => {
    toServer.end();
    await host.close();
  });
  const channel = createStdioChannel(toServer, fromServer);
  return { host, connect: (era: 'modern' | 'legacy'): Promise<Connection> => channel.open(era, {}) };
}

function said({ message }: Reply): string {
  const { result, error } = (message ?? {}) as {
    readonly result?: object;
    readonly error?: { readonly data?: object };
  };
  return JSON.stringify(result ?? error?.data ?? null);
}

async function call(client: Connection, name = 'say'): Promise<string> {
  return said(await client.request('tools/call', { name, arguments: {} }));
}

for (const era of ERAS) {
  test(`a call ends with what it began with, and its needs are closed after it: ${era}`, async (t) => {
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    let began = false;
    const run = async (): Promise<string> => {
      began = true;
      await gate.promise;
      return 'old';
    };
    const { host, connect } = await start(t, declare([say('old', { need: door('first', log), run })]));
    const client = await connect(era);
    const underWay = call(client);
    await eventually(() => began);
    await host.replace(declare([say('new', { need: door('second', log) })]), recorded);
    assert.match(await call(client), /"new"/);
    assert.deepEqual(log, ['first opened', 'second opened']);
    gate.resolve();
    assert.match(await underWay, /"old"/);
    await eventually(() => log.includes('first closed'));
    assert.deepEqual(log, ['first opened', 'second opened', 'first closed']);
  });

  test(`who waits for changes hears of the lists that differ, and of no other: ${era}`, async (t) => {
    const gate = Promise.withResolvers<string>();
    const hall = resource({ uri: 'rooms://hall', name: 'hall', scope: 'say', read: () => ({ text: 'x' }) });
    const hold = say('hold', { name: 'hold', run: () => gate.promise });
    const { host, connect } = await start(t, declare([say('one'), hold], { resources: [hall] }));
    const client = await connect(era);
    const heard: string[] = [];
    const listens = new AbortController();
    const onNotification = ({ method }: { readonly method?: unknown }): void => void heard.push(String(method));
    const notifications = { toolsListChanged: true, resourcesListChanged: true, promptsListChanged: true };
    // A legacy client hears of changes on the stream that there is; a modern one has to ask.
    const waiting =
      era === 'legacy'
        ? client.request('tools/call', { name: 'hold', arguments: {} }, { onNotification })
        : client.request('subscriptions/listen', { notifications }, { onNotification, signal: listens.signal });
    if (era === 'modern') await eventually(() => heard.length > 0);
    heard.length = 0;
    await host.replace(declare([say('two')], { resources: [hall] }), recorded);
    await eventually(() => heard.length > 0);
    // Another scope is another list to somebody.
    await host.replace(declare([say('two', { scope: 'more' })]), recorded);
    await eventually(() => heard.length > 2);
    const [tools, resources] = ['tools', 'resources'].map((name) => `notifications/${name}/list_changed`);
    assert.deepEqual(heard, [tools, tools, resources]);
    gate.resolve('let go');
    listens.abort();
    await waiting;
  });
}

test('a stream keeps nothing open, and tells of nothing that was taken away', async (t) => {
  const log: string[] = [];
  const hall = resource({ uri: 'rooms://hall', name: 'hall', scope: 'say', read: () => ({ text: 'x' }) });
  const old = declare([say('one', { need: door('first', log) })], { resources: [hall] });
  const { host, connect } = await start(t, old);
  const client = await connect('modern');
  const heard: string[] = [];
  const listens = new AbortController();
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['rooms://hall'] };
  const onNotification = ({ method }: { readonly method?: unknown }): void =>
    void heard.push(String(method).replace('notifications/', ''));
  const stream = client.request('subscriptions/listen', { notifications }, { onNotification, signal: listens.signal });
  await eventually(() => heard.length === 1);
  host.changed({ kind: 'resource', uri: 'rooms://hall' });
  await eventually(() => heard.length === 2);
  assert.equal(host.withdraw((target) => target.name === 'hall').length, 1);
  host.changed({ kind: 'resource', uri: 'rooms://hall' });
  await host.replace(declare([say('two')]), recorded);
  await eventually(() => log.includes('first closed'));
  await eventually(() => heard.includes('tools/list_changed'));
  assert.deepEqual(heard, ['subscriptions/acknowledged', 'resources/updated', 'tools/list_changed']);
  listens.abort();
  await stream;
});

test('what counts and what is switched off goes on', async (t) => {
  const fail = (): string => {
    throw new Error('broken');
  };
  const failing = declare([say('one', { run: fail }), say('two', { name: 'other' })]);
  const { host, connect } = await start(t, failing, { limits: { breakerFailures: 2 } });
  const client = await connect('modern');
  for (let n = 0; n < 4; n++) await call(client);
  assert.match(await call(client), /CIRCUIT_OPEN/);
  await host.switches.disable({ kind: 'tool', name: 'other', reason: 'drill', by: 'someone' });
  await host.replace(declare([say('whole'), say('more', { name: 'other' })]), recorded);
  assert.match(await call(client), /CIRCUIT_OPEN/);
  assert.match(await call(client, 'other'), /DISABLED/);
});

test('what cannot be taken changes nothing, says why, and leaves nothing open', async (t) => {
  const log: string[] = [];
  const { host, connect } = await start(t, declare([say('old')]), { leaks: { tools: { say: { email: 'mask' } } } });
  const client = await connect('modern');
  const refused = async (
    definition: ServerDefinition,
    why: RegExp,
    record = recorded.record,
    opens = false,
  ): Promise<void> => {
    await assert.rejects(host.replace(definition, { record }), why);
    assert.match(await call(client), /"old"/);
    assert.deepEqual(log.splice(0), opens ? ['third opened', 'third closed'] : []);
  };
  const whole = say('new', { need: door('third', log) });
  await refused(declare([say('new', { name: 'another' })]), /leaks\.tools\.say: there is no tool/);
  await refused(declare([say('new', { scope: '*' })]), /scope/);
  await refused(server({ name: 'else', version: '1.0.0', tools: [whole] }), /the server itself differs/);
  const sandboxed = tool({
    name: 'say',
    description: 'Says it elsewhere.',
    input: nothing,
    output: answer,
    scope: 'say',
    effect: 'read',
    sandbox: 'worker',
    run: () => ({ text: 'elsewhere' }),
  });
  await refused(declare([sandboxed]), /runs in a sandbox. Restart/);
  await refused(declare([whole]), /the disk is full/, () => Promise.reject(new Error('the disk is full')), true);
  const inForce = (): void => {
    throw new TypeError('origins');
  };
  await assert.rejects(host.replace(declare([whole]), { ...recorded, inForce }), /origins/);
  assert.match(await call(client), /"old"/);
  await host.replace(declare([whole]), recorded);
  assert.match(await call(client), /"new"/);
});

test('what an upstream has the host serve stays with it, comes with it, and goes with it', async (t) => {
  const published = (upstream: string, publishes: boolean): Capability<string> => ({
    kind: 'door',
    declares: { upstream },
    open({ lent }) {
      if (publishes) lent?.publish(`/gateway/${upstream}/client.json`, () => `{"of":"${upstream}"}`);
      return { grant: () => upstream, close: () => undefined };
    },
  });
  const declared = (id: string, publishes: boolean) => say(id, { name: `say_${id}`, need: published(id, publishes) });
  const host = await serveHttp(declare([declared('a', true)]), { profile: 'dev', http: { port: 0 } });
  t.after(() => host.close());
  const served = async (id: string): Promise<number> =>
    (await fetch(new URL(`/gateway/${id}/client.json`, host.url))).status;
  assert.deepEqual([await served('a'), await served('b')], [200, 404]);
  // What was connected before asks for nothing again.
  await host.replace(declare([declared('a', false), declared('b', true)]), recorded);
  assert.deepEqual([await served('a'), await served('b')], [200, 200]);
  const failing = host.replace(declare([declared('c', true)]), { record: () => Promise.reject(new Error('full')) });
  await assert.rejects(failing, /full/);
  assert.deepEqual([await served('a'), await served('b'), await served('c')], [200, 200, 404]);
  await host.replace(declare([declared('b', false)]), recorded);
  assert.deepEqual([await served('a'), await served('b')], [404, 200]);
});

test('what was taken away is gone in the same step, and no change that was on its way brings it back', async (t) => {
  const log: string[] = [];
  const old = declare([say('old', { need: door('first', log) }), say('other', { name: 'other' })]);
  const { host, connect } = await start(t, old);
  const client = await connect('legacy');
  const gate = Promise.withResolvers<void>();
  const next = declare([say('new'), say('other', { name: 'other' })]);
  const replacing = host.replace(next, { record: () => gate.promise });
  const gone = host.withdraw((target) => target.name === 'say');
  assert.deepEqual(
    gone.map(({ name }) => name),
    ['say'],
  );
  assert.match(await call(client), /TOOL_UNKNOWN/);
  assert.match(await call(client, 'other'), /"other"/);
  gate.resolve();
  await assert.rejects(replacing, /something was revoked meanwhile/);
  assert.match(await call(client), /TOOL_UNKNOWN/);
  assert.deepEqual(log, ['first opened']);
  await host.replace(next, recorded);
  assert.match(await call(client), /"new"/);
  await eventually(() => log.includes('first closed'));
});

test('what is not as two keys have signed it takes the place of nothing', async (t) => {
  const signed = declare([say('one')]);
  const { host, connect } = await start(t, signed, { manifest: manifestOf(signed.options) });
  const client = await connect('modern');
  const next = declare([say('two')]);
  await assert.rejects(host.replace(next, recorded), /manifest: tool "say" is not as it was signed/);
  assert.match(await call(client), /"one"/);
  const unsigned = { manifest: manifestOf(next.options, ['build']) };
  await assert.rejects(host.replace(next, { ...recorded, deployment: unsigned }), /manifest: /);
  await host.replace(next, { ...recorded, deployment: { manifest: manifestOf(next.options) } });
  assert.match(await call(client), /"two"/);
  // Less than was signed is nothing that anybody has to sign.
  await host.replace(declare([]), recorded);
  assert.match(await call(client), /TOOL_UNKNOWN/);
});

test('policies are about what is served now, and come into force with it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-policies-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'all.cedar'), '@id("all")\npermit (principal, action, resource);\n');
  const policy = { directory, default: 'deny' as const };
  const { host, connect } = await start(t, declare([say('one')]), { policy });
  const client = await connect('modern');
  await host.replace(declare([say('two'), say('new', { name: 'fresh' })]), recorded);
  assert.match(await call(client), /"two"/);
  assert.match(await call(client, 'fresh'), /"new"/);
  await writeFile(
    join(directory, 'all.cedar'),
    '@id("all")\npermit (principal, action, resource);\n@id("no")\nforbid (principal, action == Action::"tool:fresh", resource);\n',
  );
  await host.reloadPolicies().catch((error: unknown) => assert.fail(String(error)));
  await assert.rejects(host.replace(declare([say('three')]), recorded));
  assert.match(await call(client), /"two"/);
});
