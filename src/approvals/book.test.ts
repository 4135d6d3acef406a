import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createSealer } from '../pipeline/seal.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import type { Store } from '../stores/store.ts';
import { createApprovalBook, type ApprovalBook, type Draft } from './book.ts';

const KEY = new Uint8Array(32);
const DRAFT: Draft = {
  binding: 'b'.repeat(43),
  party: { id: 'alice-id', issuer: 'https://issuer.example', subject: 'alice', client: 'agent' },
  target: { kind: 'tool', name: 'close', effect: 'critical', definition: 'd' },
  arguments: { sent: '{}' },
  argsDigest: 'a',
  reasons: ['why'],
  critical: true,
  policy: 'none',
};
const BY = { id: 'carol-id', subject: 'carol', at: 0, reason: '' };

function open(store: Store = createMemoryStore(), key: Uint8Array = KEY): ApprovalBook {
  return createApprovalBook(store, createSealer([key]), 60_000);
}

test('a request is opened once for a binding, decided once and used once', async () => {
  const book = open();
  const [first, second] = await Promise.all([book.open(DRAFT), book.open(DRAFT)]);
  assert.equal(first.held.approval.id, second.held.approval.id);
  assert.notEqual(first.isNew, second.isNew);
  const { held } = first;
  assert.equal(await book.take(held), false);
  assert.equal(await book.decide(held, 'approved', { ...BY, at: Date.now() }), true);
  assert.equal(await book.decide(held, 'denied', { ...BY, at: Date.now() }), false);
  const approved = await book.findBound(DRAFT.binding);
  assert.equal(approved?.approval.state, 'approved');
  const taken = await Promise.all(Array.from({ length: 20 }, () => book.take(approved)));
  assert.deepEqual(taken.filter(Boolean), [true]);
  assert.equal(await book.findBound(DRAFT.binding), undefined);
  assert.notEqual((await book.open(DRAFT)).held.approval.id, held.approval.id);
});

test('of two processes on one file one takes it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-book-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'store.db');
  const [one, two] = [createSqliteStore({ file }), createSqliteStore({ file })];
  t.after(() => Promise.all([one.close(), two.close()]));
  const [here, there] = [open(one), open(two)];
  for (let round = 0; round < 20; round += 1) {
    const draft = { ...DRAFT, binding: `binding-${round}` };
    const { held } = await here.open(draft);
    const waiting = there.settled(held.approval.id, 10_000, new AbortController().signal);
    await here.decide(held, 'approved', { ...BY, at: Date.now() });
    const [seen, own] = [await waiting, await here.find(held.approval.id)];
    assert.ok(seen !== undefined && own !== undefined);
    assert.deepEqual((await Promise.all([here.take(own), there.take(seen)])).filter(Boolean), [true]);
  }
});

test('a request lapses, decided or not', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const book = open();
  const { held } = await book.open(DRAFT);
  t.mock.timers.tick(60_000);
  assert.equal(await book.decide(held, 'approved', { ...BY, at: Date.now() }), false);
  assert.equal(await book.findBound(DRAFT.binding), undefined);
  const { held: next } = await book.open(DRAFT);
  assert.notEqual(next.approval.id, held.approval.id);
  await book.decide(next, 'approved', { ...BY, at: Date.now() });
  const approved = await book.find(next.approval.id);
  assert.ok(approved !== undefined);
  t.mock.timers.tick(59_999);
  assert.notEqual(await book.findBound(DRAFT.binding), undefined);
  t.mock.timers.tick(1);
  assert.equal(await book.take(approved), false);
});

test('nothing that was not sealed here is a request', async () => {
  const store = createMemoryStore();
  const book = open(store);
  const { held } = await book.open(DRAFT);
  const { id } = held.approval;
  const sealed = (await store.get(`approval:${id}`)) ?? '';
  assert.equal(await open(store, new Uint8Array(32).fill(1)).find(id), undefined);
  for (const value of [JSON.stringify(held.approval), sealed.slice(0, -1), `${sealed}A`, 'p1.', '']) {
    await store.put(`approval:${id}`, value, 60_000);
    assert.equal(await book.find(id), undefined);
  }
  const other = 'B'.repeat(22);
  await store.put(`approval:${other}`, sealed, 60_000);
  assert.equal(await book.find(other), undefined);
  for (const wrong of ['', 'x', `${id}x`, '../approval', `${id.slice(0, 21)}\n`])
    assert.equal(await book.find(wrong), undefined);
});

test('a wait ends with the decision, with its time, and with the caller', async () => {
  const book = open();
  const { held } = await book.open(DRAFT);
  const { id } = held.approval;
  assert.equal((await book.settled(id, 5, new AbortController().signal))?.approval.state, 'pending');
  const caller = new AbortController();
  const waiting = book.settled(id, 60_000, caller.signal);
  caller.abort();
  assert.equal((await waiting)?.approval.state, 'pending');
  assert.equal((await book.settled(id, 60_000, caller.signal))?.approval.state, 'pending');
  const decided = book.settled(id, 60_000, new AbortController().signal);
  await book.decide(held, 'denied', { ...BY, at: Date.now() });
  assert.equal((await decided)?.approval.state, 'denied');
});
