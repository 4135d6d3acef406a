import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createRuntime } from '../../../test/support/runtime.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import { createSqliteStore } from '../../stores/sqlite.ts';
import type { Store } from '../../stores/store.ts';
import type { CapabilityContext, CapabilityRuntime } from '../capability.ts';
import { type State, type StateOptions, state } from './state.ts';

const context = (id: string): CapabilityContext => ({
  principal: { id, issuer: 'i', subject: 's', client: 'c', scopes: new Set(), expiresAt: 1, credential: 'x' },
  signal: new AbortController().signal,
  request: 'r',
  defer: () => undefined,
});

const runtimeOf = (store: Store): CapabilityRuntime => createRuntime({ store });

interface Basket {
  readonly items: readonly string[];
}

const open = async (store: Store, options?: StateOptions): Promise<(id: string) => State<Basket>> => {
  const handle = await state<Basket>('1m', options).open(runtimeOf(store));
  return (id) => handle.grant(context(id));
};

for (const [kind, create] of [
  ['memory', (now: () => number) => createMemoryStore({ now })],
  ['sqlite', (now: () => number) => createSqliteStore({ file: ':memory:', now })],
] as const) {
  suite(`state: ${kind}`, () => {
    test('a value lives under its handle, for its time after the last change', async () => {
      const clock = { time: 1000 };
      const store = create(() => clock.time);
      const ann = (await open(store, { prefix: 'basket' }))('ann');
      const handle = await ann.create({ items: ['a'] });
      assert.match(handle, /^basket_[A-Za-z0-9_-]{22}$/);
      assert.deepEqual(await ann.get(handle), { items: ['a'] });
      clock.time += 59_999;
      assert.deepEqual(await ann.update(handle, ({ items }) => ({ items: [...items, 'b'] })), { items: ['a', 'b'] });
      clock.time += 59_999;
      assert.deepEqual(await ann.get(handle), { items: ['a', 'b'] });
      clock.time += 1;
      assert.equal(await ann.get(handle), undefined);
      assert.equal(await ann.update(handle, (present) => present), undefined);
      await store.close();
    });

    test('foreign, unknown, malformed and deleted handles answer alike', async () => {
      const store = create(() => 1000);
      const grant = await open(store);
      const [ann, bob] = [grant('ann'), grant('bob')];
      const handle = await ann.create({ items: ['secret'] });
      const gone = await ann.create({ items: [] });
      assert.equal(await ann.delete(gone), true);
      const wrong: readonly unknown[] = [
        gone,
        `state_${'A'.repeat(22)}`,
        '',
        'state_',
        `other_${handle.slice(6)}`,
        `${handle} `,
        'x'.repeat(10_000),
        undefined,
        null,
        3,
        {},
        [handle],
      ];
      for (const [who, text] of [...wrong.map((text) => [ann, text] as const), [bob, handle] as const]) {
        assert.equal(await who.get(text as string), undefined);
        assert.equal(await who.update(text as string, () => assert.fail('must not run')), undefined);
        assert.equal(await who.delete(text as string), false);
      }
      // The attempts of others changed nothing.
      assert.deepEqual(await ann.get(handle), { items: ['secret'] });
      // Another kind of state does not share handles.
      const orders = (await open(store, { prefix: 'order' }))('ann');
      assert.equal(await orders.get(handle), undefined);
      await store.close();
    });

    test('a look into the store shows no handle, and another key leads nowhere', async () => {
      const store = create(() => 1000);
      const ann = (await open(store))('ann');
      const handle = await ann.create({ items: [] });
      const keys = await store.keys('', 100);
      assert.equal(keys.length, 2);
      for (const key of keys) {
        assert.equal(key.includes(handle.slice(6)), false);
        assert.equal((await store.get(key))?.includes(handle.slice(6)), false);
      }
      const other = await state<Basket>('1m').open({ ...runtimeOf(store), stateKey: new Uint8Array(32) });
      assert.equal(await other.grant(context('ann')).get(handle), undefined);
      await store.close();
    });

    test('the number of values of one principal is bounded, and room comes back', async () => {
      const store = create(() => 1000);
      const grant = await open(store, { maxPerPrincipal: 3 });
      const ann = grant('ann');
      const handles = [];
      for (let i = 0; i < 3; i++) handles.push(await ann.create({ items: [] }));
      await assert.rejects(ann.create({ items: [] }), { name: 'PublicError', message: /There are too many of these/ });
      await grant('bob').create({ items: [] });
      // A change needs no room.
      assert.deepEqual(await ann.update(handles[0] ?? '', () => ({ items: ['x'] })), { items: ['x'] });
      assert.equal(await ann.delete(handles[1] ?? ''), true);
      await ann.create({ items: [] });
      await assert.rejects(ann.create({ items: [] }), { name: 'PublicError' });
      await store.close();
    });

    test('calls at once neither lose a change nor pass the bound', async () => {
      const store = create(() => 1000);
      const ann = (await open(store, { maxPerPrincipal: 5 }))('ann');
      const made = await Promise.allSettled(Array.from({ length: 9 }, async () => ann.create({ items: [] })));
      assert.equal(made.filter((one) => one.status === 'fulfilled').length, 5);
      const first = made.find((one) => one.status === 'fulfilled');
      const handle = first?.status === 'fulfilled' ? first.value : '';
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (item) => ann.update(handle, ({ items }) => ({ items: [...items, item] }))),
      );
      assert.deepEqual([...((await ann.get(handle))?.items ?? [])].sort(), ['a', 'b', 'c', 'd']);
      await store.close();
    });
  });
}

suite('state bounds', () => {
  test('values are JSON and not too large', async () => {
    const ann = (await open(createMemoryStore(), { maxCharacters: 30 }))('ann');
    const handle = await ann.create({ items: ['x'.repeat(16)] });
    await assert.rejects(ann.create({ items: ['x'.repeat(40)] }), { name: 'RangeError' });
    await assert.rejects(
      ann.update(handle, () => ({ items: ['x'.repeat(40)] })),
      { name: 'RangeError' },
    );
    await assert.rejects(ann.create(undefined as unknown as Basket), { name: 'TypeError' });
    assert.deepEqual(await ann.get(handle), { items: ['x'.repeat(16)] });
  });

  test('handles do not repeat', async () => {
    const ann = (await open(createMemoryStore(), { maxPerPrincipal: 1000 }))('ann');
    const handles = new Set<string>();
    for (let i = 0; i < 500; i++) handles.add(await ann.create({ items: [] }));
    assert.equal(handles.size, 500);
  });

  test('options are checked', () => {
    assert.throws(() => state('0s'), {
      message: 'state(ttl): "0s" is no span of time. Use for example 2000, "2s" or "1h".',
    });
    assert.throws(() => state('32d'), { message: /at most 31 days/ });
    assert.throws(() => state('1h', { prefixes: 'x' } as object), {
      message: /has no option "prefixes"\. It has prefix, /,
    });
    for (const bad of [
      { prefix: 'A' },
      { prefix: 'a_b' },
      { prefix: '.*' },
      { maxPerPrincipal: 0 },
      { maxPerPrincipal: 1001 },
      { maxCharacters: 0 },
    ]) {
      assert.throws(() => state('1h', bad), TypeError);
    }
    const { kind, declares } = state('1h', { prefix: 'basket' });
    assert.deepEqual({ kind, declares }, { kind: 'state', declares: { prefix: 'basket', ttlMs: 3_600_000 } });
  });
});
