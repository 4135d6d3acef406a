import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { createMemoryStore } from './memory.ts';
import { createSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}.db`);

const KINDS: readonly (readonly [string, (now: () => number) => Store])[] = [
  ['memory', (now) => createMemoryStore({ now })],
  ['sqlite', (now) => createSqliteStore({ file: newFile(), now })],
];

for (const [kind, create] of KINDS) {
  suite(`store: ${kind}`, () => {
    const clock = { time: 1_000_000 };
    const store = create(() => clock.time);
    after(() => store.close());

    test('values live until their time', async () => {
      await store.put('a', '1', 100);
      assert.equal(await store.get('a'), '1');
      await store.put('a', '2', 100);
      clock.time += 99;
      assert.equal(await store.get('a'), '2');
      clock.time += 1;
      assert.equal(await store.get('a'), undefined);
      assert.equal(await store.get('never'), undefined);
      await store.put('u', '\u0000\u{1f469}\ud7ff', 10);
      assert.equal(await store.get('u'), '\u0000\u{1f469}\ud7ff');
    });

    test('add inserts once, and again after expiry', async () => {
      assert.equal(await store.add('nonce', '1', 50), true);
      assert.equal(await store.add('nonce', '2', 50), false);
      assert.equal(await store.get('nonce'), '1');
      clock.time += 50;
      assert.equal(await store.add('nonce', '3', 50), true);
      assert.equal(await store.get('nonce'), '3');
    });

    test('compareAndSet replaces what it expects alone', async () => {
      assert.equal(await store.compareAndSet('cas', 'a', 'b', 50), false);
      await store.put('cas', 'a', 50);
      assert.equal(await store.compareAndSet('cas', 'x', 'b', 50), false);
      assert.equal(await store.compareAndSet('cas', 'a', 'b', 80), true);
      clock.time += 79;
      assert.equal(await store.get('cas'), 'b');
      clock.time += 1;
      assert.equal(await store.compareAndSet('cas', 'b', 'c', 50), false);
    });

    test('counters', async () => {
      assert.equal(await store.increment('n', 5, 100), 5);
      clock.time += 60;
      assert.equal(await store.increment('n', -7, 100), -2);
      assert.equal(await store.get('n'), '-2');
      // The first increment sets the time.
      clock.time += 40;
      assert.equal(await store.increment('n', 1, 100), 1);
      await store.put('text', 'abc', 100);
      for (const value of ['', '1.5', '0x10', ' 1', 'abc']) {
        await store.put('text', value, 100);
        await assert.rejects(async () => store.increment('text', 1, 100), { message: 'the value is not a counter' });
        assert.equal(await store.get('text'), value);
      }
      await assert.rejects(async () => store.increment('n', 0.5, 100), TypeError);
    });

    test('delete says whether there was something', async () => {
      await store.put('d', '1', 100);
      assert.equal(await store.delete('d'), true);
      assert.equal(await store.delete('d'), false);
      await store.put('d', '1', 100);
      clock.time += 100;
      assert.equal(await store.delete('d'), false);
    });

    test('keys by prefix: live, sorted, limited, nothing else', async () => {
      for (const key of ['p:b', 'p:a', 'p:%', 'p:_x', 'p', 'q:a', 'P:a', 'p:\u{10fffd}'])
        await store.put(key, '1', 100);
      await store.put('p:gone', '1', 50);
      clock.time += 50;
      assert.deepEqual(await store.keys('p:', 10), ['p:%', 'p:_x', 'p:a', 'p:b', 'p:\u{10fffd}']);
      assert.deepEqual(await store.keys('p:', 2), ['p:%', 'p:_x']);
      assert.deepEqual(await store.keys('p:%', 10), ['p:%']);
      assert.deepEqual(await store.keys('none', 10), []);
    });

    test('rates: a burst, then one per interval', async () => {
      for (let i = 0; i < 3; i++) assert.deepEqual(await store.rate('r', 60, 3), { waitMs: 0 });
      assert.deepEqual(await store.rate('r', 60, 3), { waitMs: 1000 });
      clock.time += 999;
      assert.deepEqual(await store.rate('r', 60, 3), { waitMs: 1 });
      clock.time += 1;
      assert.deepEqual(await store.rate('r', 60, 3), { waitMs: 0 });
      assert.deepEqual(await store.rate('other', 60, 3), { waitMs: 0 });
    });

    test('messages reach the subscribers of their channel until they leave', async () => {
      const heard: string[] = [];
      const listener = (message: string): void => void heard.push(message);
      const leave = await store.subscribe('c', listener);
      const leaveToo = await store.subscribe('c', listener);
      await store.subscribe('other', () => assert.fail('another channel'));
      await store.publish('c', '1');
      leave();
      leave();
      await store.publish('c', '2');
      leaveToo();
      await store.publish('c', '3');
      assert.deepEqual(heard, ['1', '1', '2']);
    });

    test('a listener that throws stops no one', async () => {
      const warnings: string[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning.message);
      process.on('warning', onWarning);
      const heard: string[] = [];
      const leaves = [
        await store.subscribe('t', () => {
          throw new RangeError('secret');
        }),
        await store.subscribe('t', (message) => void heard.push(message)),
      ];
      await store.publish('t', '1');
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', onWarning);
      for (const leave of leaves) leave();
      assert.deepEqual(heard, ['1']);
      assert.deepEqual(warnings, ['a listener failed: RangeError']);
    });

    test('nonsense is refused', async () => {
      for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
        await assert.rejects(async () => store.put('a', 'b', ttl), TypeError);
      await assert.rejects(async () => store.put('', 'b', 1), TypeError);
      await assert.rejects(async () => store.add('x'.repeat(1025), 'b', 1), TypeError);
      await assert.rejects(async () => store.put('a', 'x'.repeat(1024 * 1024 + 1), 1), TypeError);
      await assert.rejects(async () => store.rate('a', 0, 1), TypeError);
      await assert.rejects(async () => store.rate('a', 1, 0), TypeError);
    });

    test('a closed store refuses everything', async () => {
      const closed = create(() => clock.time);
      await closed.close();
      await closed.close();
      const uses: readonly (() => unknown)[] = [
        () => closed.get('a'),
        () => closed.put('a', 'b', 1),
        () => closed.add('a', 'b', 1),
        () => closed.compareAndSet('a', 'b', 'c', 1),
        () => closed.increment('a', 1, 1),
        () => closed.delete('a'),
        () => closed.keys('a', 1),
        () => closed.rate('a', 1, 1),
        () => closed.publish('a', 'b'),
        () => closed.subscribe('a', () => undefined),
      ];
      for (const use of uses) await assert.rejects(async () => use());
    });
  });
}

suite('memory bounds', () => {
  test('a store full of live entries refuses, and takes again when they expire', async () => {
    const clock = { time: 0 };
    const store = createMemoryStore({ now: () => clock.time, maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) await store.put(key, '1', 100);
    await assert.rejects(async () => store.add('d', '1', 100), { message: 'the store is full' });
    // What is there may change.
    await store.put('a', '2', 100);
    assert.equal(await store.get('a'), '2');
    clock.time = 100;
    assert.equal(await store.add('d', '1', 100), true);
  });

  test('characters are counted and given back', async () => {
    const store = createMemoryStore({ maxCharacters: 10 });
    await store.put('a', 'x'.repeat(9), 100_000);
    await assert.rejects(async () => store.put('b', '', 100_000), { message: 'the store is full' });
    await store.put('a', 'x', 100_000);
    await store.put('b', 'y'.repeat(7), 100_000);
    await assert.rejects(async () => store.put('a', 'xx', 100_000), { message: 'the store is full' });
    assert.equal(await store.get('a'), 'x');
    await store.delete('b');
    await store.put('a', 'x'.repeat(9), 100_000);
  });
});

suite('sqlite file', () => {
  test('survives a restart, is for its owner alone, and is shared by processes', async () => {
    const file = newFile();
    const first = createSqliteStore({ file });
    await first.put('a', '1', 60_000);
    const second = createSqliteStore({ file });
    assert.equal(await second.get('a'), '1');
    assert.equal(await second.add('a', '2', 60_000), false);
    for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix);
    await first.close();
    await second.close();
    const third = createSqliteStore({ file });
    assert.equal(await third.get('a'), '1');
    await third.close();
  });

  test('a symbolic link, a URI or no path is refused', () => {
    const link = newFile();
    symlinkSync(newFile(), link);
    assert.throws(() => createSqliteStore({ file: link }), { code: 'ELOOP' });
    assert.throws(() => createSqliteStore({ file: 'file:x.db?mode=memory' }), TypeError);
    assert.throws(() => createSqliteStore({ file: '' }), TypeError);
  });

  test('expired entries are swept, and a full file refuses', async () => {
    const clock = { time: 1 };
    const store = createSqliteStore({ file: newFile(), now: () => clock.time, maxBytes: 256 * 1024 });
    await assert.rejects(async () => {
      for (let i = 0; i < 100; i++) await store.put(`big${i}`, 'x'.repeat(10_000), 10);
    });
    clock.time = 100;
    await assert.rejects(async () => store.put('more', 'x'.repeat(100_000), 10));
    for (let i = 0; i < 300; i++) await store.delete('none');
    for (let i = 0; i < 256; i++) {
      try {
        await store.put('small', '1', 10);
      } catch {
        // Until the sweep comes round there is no room.
      }
    }
    await store.put('more', 'x'.repeat(100_000), 10);
    assert.equal((await store.get('more'))?.length, 100_000);
    await store.close();
  });
});
