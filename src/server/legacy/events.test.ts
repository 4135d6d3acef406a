import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { createRecentEvents, type RecentEvents } from './events.ts';

const note = (method: string): JSONRPCMessage => ({ jsonrpc: '2.0', method });

async function replay(events: RecentEvents, after: string): Promise<{ stream: string; seen: readonly string[] }> {
  const seen: string[] = [];
  const stream = await events.replayEventsAfter(after, {
    send: (id) => {
      seen.push(id);
      return Promise.resolve();
    },
  });
  return { stream, seen };
}

test('replays what came later on the same stream, and on no other', async () => {
  const events = createRecentEvents(10, 10_000);
  for (const stream of ['a', 'b', 'a', 'b', 'a']) await events.storeEvent(stream, note('m'));
  assert.deepEqual(await replay(events, '1'), { stream: 'a', seen: ['3', '5'] });
  assert.deepEqual(await replay(events, '4'), { stream: 'b', seen: [] });
  assert.equal(await events.getStreamIdForEventId('2'), 'b');
});

test('keeps so many events and so many bytes, the newest ones', async () => {
  const few = createRecentEvents(2, 10_000);
  for (const method of ['one', 'two', 'three']) await few.storeEvent('a', note(method));
  assert.equal(await few.getStreamIdForEventId('1'), undefined);
  assert.deepEqual(await replay(few, '2'), { stream: 'a', seen: ['3'] });
  assert.deepEqual(await replay(few, '1'), { stream: '', seen: [] });
  const small = createRecentEvents(100, 100);
  for (const method of ['x'.repeat(50), 'y'.repeat(50), 'z'.repeat(500)]) await small.storeEvent('a', note(method));
  for (const id of ['1', '2', '3']) assert.equal(await small.getStreamIdForEventId(id), undefined);
  await small.storeEvent('a', note('last'));
  assert.equal(await small.getStreamIdForEventId('4'), 'a');
});

test('an event without a message is never replayed', async () => {
  const events = createRecentEvents(10, 10_000);
  const priming = {} as JSONRPCMessage;
  await events.storeEvent('a', priming);
  await events.storeEvent('a', priming);
  await events.storeEvent('a', note('m'));
  assert.deepEqual(await replay(events, '1'), { stream: 'a', seen: ['3'] });
});
