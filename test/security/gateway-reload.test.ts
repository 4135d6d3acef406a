import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PinnedUpstream } from '../../src/gateway/lock.ts';
import type { Way } from '../../src/prove/target.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { eventually } from '../support/eventually.ts';
import { upstreamsOf } from '../support/gateway-target.ts';
import { bootOf, callRoom, rooms, startLiveGateway } from '../support/live-gateway.ts';

const support = await detectSandbox();
const options =
  support.missing === undefined
    ? { timeout: 240_000 }
    : { skip: `needs the Debian package bubblewrap: ${support.missing}` };

const WAYS: readonly Way[] = [
  { transport: 'http', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'stdio', era: 'legacy' },
];

function withoutApproval(tools: PinnedUpstream['tools'], name: string): PinnedUpstream['tools'] {
  const { approved: _, ...waiting } = tools[name] ?? assert.fail();
  return { ...tools, [name]: waiting };
}

for (const way of WAYS) {
  test(
    `calls that are under way end as they began, and others go on: ${way.transport}, ${way.era}`,
    options,
    async (t) => {
      const marker = `marker-${randomUUID()}`;
      const gateway = await startLiveGateway(t, way, (folder) => ({
        upstreams: { up: rooms(folder, marker) },
        // What somebody approves later is served by the process that runs already.
        pin: (_, pinned) => ({ ...pinned, tools: withoutApproval(pinned.tools, 'more') }),
      }));
      const { folder } = gateway;
      const count = way.transport === 'http' ? 8 : 1;
      const clients = await Promise.all(Array.from({ length: count }, (_, n) => gateway.connect(`user-${n}`)));
      const [first = await gateway.connect()] = clients;
      const boot = await bootOf(first);

      const held: Promise<readonly [expected: string, got: string]>[] = [];
      const hold = (of: string, turns: number, id = 'up'): void => {
        for (const [n, client] of clients.entries())
          for (let turn = 0; turn < turns; turn++) {
            const key = `${id}-${n}-${held.length}`;
            held.push(callRoom(client, 'hold', key, id).then((got) => [`${of} ${key}`, got] as const));
          }
      };
      // What was decided on and is about to be done is on the record: it is under way.
      const intents = (): number =>
        gateway.events.filter(({ kind, target }) => kind === 'intent' && target?.endsWith('hold') === true).length;
      const isAtWork = (): Promise<void> => eventually(() => intents() === held.length);
      const over = new AbortController();
      const told = new Set<string>();
      const notifications = { toolsListChanged: true, resourcesListChanged: true, promptsListChanged: true };
      const stream = {
        hangUpMs: 200_000,
        signal: over.signal,
        onNotification: ({ method }: { readonly method?: unknown }) => void told.add(String(method)),
      };
      const listening =
        way.era === 'modern' ? first.request('subscriptions/listen', { notifications }, stream) : undefined;
      const others = clients.slice(0, 2).map(async (client) => {
        const heard: string[] = [];
        while (!over.signal.aborted) heard.push(await callRoom(client, 'who'));
        return heard;
      });

      hold(boot, 10);
      await isAtWork();
      const each = { effect: 'write' as const, timeout: '10m' };
      const tools = { hold: each, who: { ...each, perMinute: 100_000 }, more: each };
      // The same start: its process stays.
      assert.equal(await gateway.change({ upstreams: { up: rooms(folder, marker, { tools }) } }), 'taken');
      assert.equal(await bootOf(first), boot, 'the process is the same');
      assert.match(await callRoom(first, 'more'), new RegExp(`${boot} k`));
      hold(boot, 10);
      await isAtWork();
      // Another start, and another upstream: the one before goes on until its last call has ended.
      const upstreams = { up: rooms(folder, `${marker}-b`, { tools }), other: rooms(folder, `${marker}-c`) };
      assert.equal(await gateway.change({ upstreams }), 'taken');
      const later = await gateway.connect('later');
      const [next, other] = [await bootOf(later), await bootOf(later, 'other')];
      assert.equal(new Set([boot, next, other]).size, 3, 'one process each');
      hold(next, 8);
      await isAtWork();
      assert.equal(upstreamsOf(marker).length, 3);

      if (listening !== undefined)
        for (const list of ['tools', 'prompts']) await eventually(() => told.has(`notifications/${list}/list_changed`));
      over.abort();
      await listening;
      for (const heard of await Promise.all(others))
        for (const words of heard) assert.match(words, new RegExp(`"text":"(?:${boot}|${next}) k"`));
      await writeFile(join(folder, 'go'), '');
      const ended = await Promise.all(held);
      if (way.transport === 'http') assert.ok(ended.length >= 200, String(ended.length));
      for (const [expected, got] of ended) assert.ok(got.includes(`"text":"${expected}"`), `${expected}: ${got}`);
      await eventually(() => upstreamsOf(marker).length === 2);
      // One that is not configured any more goes, and its names with it.
      assert.equal(await gateway.change({ upstreams: { up: rooms(folder, `${marker}-b`, { tools }) } }), 'taken');
      assert.match(await callRoom(later, 'who', 'k', 'other'), /TOOL_UNKNOWN/);
      assert.equal(await bootOf(later), next);
      await eventually(() => upstreamsOf(marker).length === 1);
      await gateway.stop();
      await eventually(() => upstreamsOf(marker).length === 0);
    },
  );
}
