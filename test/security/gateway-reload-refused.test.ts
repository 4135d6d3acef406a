import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { resultOf } from '../../src/audit/judge.ts';
import type { Connection } from '../../src/audit/rule.ts';
import type { Lock, PinnedUpstream } from '../../src/gateway/lock.ts';
import { revoke } from '../../src/gateway/registry.ts';
import type { Way } from '../../src/prove/target.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { eventually } from '../support/eventually.ts';
import { asking, upstreamsOf } from '../support/gateway-target.ts';
import { bootOf, callRoom, rooms, said, startLiveGateway, type LiveGateway } from '../support/live-gateway.ts';

const support = await detectSandbox();
const options =
  support.missing === undefined
    ? { timeout: 240_000 }
    : { skip: `needs the Debian package bubblewrap: ${support.missing}` };
const HTTP: Way = { transport: 'http', era: 'modern' };
const LEGACY: Way = { transport: 'http', era: 'legacy' };
const [CONFIG, LOCK] = ['portcullis.yaml', 'portcullis.lock'] as const;
const eva = { by: 'eva', at: '2026-01-02T00:00:00.000Z', reason: 'it spies' };

/** A lock with what became of one upstream. */
function altered(lock: string, change: (pinned: PinnedUpstream) => PinnedUpstream): string {
  const { upstreams, ...rest } = JSON.parse(lock) as Lock;
  const { up } = upstreams;
  assert.ok(up !== undefined);
  return JSON.stringify({ ...rest, upstreams: { ...upstreams, up: change(up) } });
}

const read = async (client: Connection, uri: string): Promise<string> =>
  said(await client.request('resources/read', { uri }));

test('what cannot be taken changes nothing, is told and recorded', options, async (t) => {
  const marker = `marker-${randomUUID()}`;
  const gateway = await startLiveGateway(t, HTTP, (folder) => ({ upstreams: { up: rooms(folder, marker) } }));
  const { folder, lines, events } = gateway;
  const client = await gateway.connect();
  const boot = await bootOf(client);
  const [config, lock] = [await gateway.read(CONFIG), await gateway.read(LOCK)];

  const refused = async (file: typeof CONFIG | typeof LOCK, text: string, why: RegExp): Promise<void> => {
    const [told, noted] = [lines.length, events.length];
    assert.equal(await gateway.put(file, text), 'refused', text.slice(0, 80));
    const line = lines.slice(told).find((each) => each.includes('stays in force'));
    assert.match(line ?? '', why);
    const records = events.slice(noted).filter(({ kind }) => kind === 'config');
    assert.deepEqual(
      records.map(({ decision }) => decision),
      ['refused'],
    );
    assert.equal(await bootOf(client), boot);
    await gateway.put(file, file === CONFIG ? config : lock);
  };
  await refused(CONFIG, 'upstreams: [', /portcullis\.yaml:\d+:\d+/);
  await refused(LOCK, '{', /portcullis\.lock is no lock of this version/);
  await refused(
    CONFIG,
    config.replace(marker, `${marker}-b`),
    /would not be started or reached as somebody has consented/,
  );
  const upstreams = { up: rooms(folder, marker), late: rooms(folder, `${marker}-c`) };
  await refused(CONFIG, JSON.stringify({ ...JSON.parse(config), upstreams }), /^late: it is not pinned/m);
  const { approved: _, ...waiting } = (JSON.parse(lock) as Lock).upstreams['up']?.tools['who'] ?? assert.fail();
  await refused(
    LOCK,
    altered(lock, (up) => ({ ...up, tools: { ...up.tools, who: waiting } })),
    /^up, who: nobody has approved it/m,
  );
  assert.equal(upstreamsOf(marker).length, 1);

  // A good one is taken after all of these, and recorded with what was before and is now.
  const next = altered(lock, (up) => ({ ...up, rules: 'others' }));
  const noted = events.length;
  assert.equal(await gateway.put(LOCK, next), 'taken');
  const [record] = events.slice(noted).filter(({ kind }) => kind === 'config');
  assert.equal(record?.target, join(folder, LOCK));
  assert.match(record?.before ?? '', /^[\w-]{43}$/);
  assert.match(record?.after ?? '', /^[\w-]{43}$/);
  assert.notEqual(record?.before, record?.after);

  gateway.failRecords();
  const less = { ...JSON.parse(config), upstreams: { up: rooms(folder, marker, { prompts: {} }) } };
  assert.equal(await gateway.put(CONFIG, JSON.stringify(less)), 'refused');
  assert.ok(gateway.host.settings.catalog.prompts.has('up__greet'));
});

test('what two keys have not signed as it is now waits for their signatures', options, async (t) => {
  const marker = `marker-${randomUUID()}`;
  const of = (folder: string, scope: string) =>
    rooms(folder, marker, { tools: { who: { effect: 'write', scope } }, resources: {}, prompts: {} });
  const gateway = await startLiveGateway(t, HTTP, (folder) => ({
    upstreams: { up: of(folder, 'up:write') },
    signed: true,
  }));
  const { folder, lines, host } = gateway;
  const scopes = (): unknown => host.settings.catalog.tools.get('up__who')?.scopes;
  assert.equal(await gateway.change({ upstreams: { up: of(folder, 'up:use') } }), 'refused');
  assert.match(lines.join('\n'), /manifest: tool "up__who" is not as it was signed/);
  assert.deepEqual(scopes(), ['up:write']);
  assert.equal(await gateway.sign(), 'taken');
  assert.deepEqual(scopes(), ['up:use']);
});

for (const way of [HTTP, LEGACY])
  test(`what was revoked is gone at once, whatever else is wrong: ${way.era}`, options, async (t) => {
    const marker = `marker-${randomUUID()}`;
    const each = { effect: 'write' as const };
    const gateway = await startLiveGateway(t, way, (folder) => ({
      upstreams: { up: rooms(folder, marker, { tools: { who: each, more: each, hold: each } }) },
    }));
    const { events } = gateway;
    const client = await gateway.connect();
    const boot = await bootOf(client);
    const [config, lock] = [await gateway.read(CONFIG), await gateway.read(LOCK)];
    assert.equal(await gateway.put(CONFIG, 'upstreams: ['), 'refused');
    for (const uri of ['rooms://hall', 'rooms://books/one', 'rooms://books/cellar'])
      assert.match(await read(client, uri), new RegExp(boot), uri);

    const gone = ['more', 'rooms://hall', 'greet'];
    const first = altered(lock, (up) => gone.reduce((pin, name) => revoke(pin, name, eva).pinned, up));
    assert.equal(await gateway.put(LOCK, first), 'refused');
    assert.match(await callRoom(client, 'more'), /TOOL_UNKNOWN/);
    assert.match(await read(client, 'rooms://hall'), /RESOURCE_UNKNOWN/);
    assert.match(said(await client.request('prompts/get', { name: 'up__greet', arguments: {} })), /PROMPT_UNKNOWN/);
    assert.doesNotMatch(said(await client.request('tools/list')), /up__more/);
    assert.doesNotMatch(said(await client.request('prompts/list')), /greet/);
    assert.doesNotMatch(said(await client.request('resources/list')), /rooms:..hall/);
    assert.match(await read(client, 'rooms://books/one'), new RegExp(boot));
    const told = (): readonly string[] =>
      events.flatMap(({ detail = '' }) => (detail.startsWith('revoked: ') ? [detail] : []));
    assert.equal(told().length, 1);
    assert.match(told()[0] ?? '', /up__more.*greet/);

    // No family leads to what was revoked beside it, and it comes back with what knows that.
    const second = altered(first, (up) => revoke(up, 'rooms://books/cellar', eva).pinned);
    assert.equal(await gateway.put(LOCK, second), 'refused');
    for (const uri of ['rooms://books/one', 'rooms://books/cellar'])
      assert.match(await read(client, uri), /RESOURCE_UNKNOWN/, uri);
    const mended = { ...JSON.parse(config), limits: { ...JSON.parse(config).limits, pageSize: 50 } };
    assert.equal(await gateway.put(CONFIG, JSON.stringify(mended)), 'taken');
    assert.match(await read(client, 'rooms://books/one'), new RegExp(boot));
    assert.match(await read(client, 'rooms://books/cellar'), /RESOURCE_UNKNOWN/);
    assert.match(await callRoom(client, 'more'), /TOOL_UNKNOWN/);
    assert.equal(await bootOf(client), boot);

    // A record that fails keeps nothing that was revoked.
    gateway.failRecords();
    assert.equal(
      await gateway.put(
        LOCK,
        altered(second, (up) => revoke(up, 'who', eva).pinned),
      ),
      'refused',
    );
    assert.deepEqual([...gateway.host.settings.catalog.tools.keys()], ['up__hold']);
    await gateway.stop();
    await eventually(() => upstreamsOf(marker).length === 0);
  });

/** A gateway of an upstream that asks, and what that was called for. */
async function startAsking(...[t]: readonly [Parameters<typeof startLiveGateway>[0]]) {
  const marker = `marker-${randomUUID()}`;
  const of = (folder: string, which: string, asks: readonly 'elicitation'[] = ['elicitation']) =>
    asking({ folder, file: join(folder, 'calls'), marker: `${marker}-${which}`, asks });
  const gateway: LiveGateway = await startLiveGateway(t, HTTP, (folder) => {
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'calls'), '');
    chmodSync(join(folder, 'calls'), 0o666);
    return { upstreams: { up: of(folder, 'a') } };
  });
  const client = await gateway.connect('alice', { elicitation: { form: {} } });
  const params = { name: 'up__once', arguments: { what: 'form' } };
  const asked = resultOf(await client.request('tools/call', params));
  assert.equal(asked?.['resultType'], 'input_required');
  const inputResponses = { answer: { action: 'accept', content: { word: 'blue' } } };
  return {
    gateway,
    marker,
    change: (which: string, asks?: readonly 'elicitation'[]) =>
      gateway.change({ upstreams: { up: of(gateway.folder, which, asks) } }),
    reply: async () =>
      said(await client.request('tools/call', { ...params, inputResponses, requestState: asked['requestState'] })),
    calls: () => readFileSync(join(gateway.folder, 'calls'), 'utf8').split('\n').filter(Boolean),
  };
}

test('an answer goes to the process that asked, though another has its place by now', options, async (t) => {
  const { change, reply, calls, marker } = await startAsking(t);
  assert.equal(await change('b'), 'taken');
  assert.match(await reply(), /blue/);
  assert.deepEqual(calls(), ['begin form', 'end form']);
  await eventually(() => upstreamsOf(`${marker}-a`).length === 0);
});

test('what may not ask any more is not asked a second time', options, async (t) => {
  const { change, reply, calls } = await startAsking(t);
  assert.equal(await change('a', []), 'taken');
  assert.doesNotMatch(await reply(), /blue/);
  await eventually(() => calls().length > 1);
  assert.deepEqual(calls(), ['begin form', 'cancelled']);
});
