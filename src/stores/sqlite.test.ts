import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

interface World {
  readonly file: string;
  readonly clock: { now: number };
  readonly open: () => Store;
}

function world(t: TestContext): World {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-sqlite-'));
  const file = join(folder, 'store.db');
  const clock = { now: 1_000_000 };
  const stores: Store[] = [];
  t.after(async () => {
    for (const store of stores) await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = (): Store => {
    const store = createSqliteStore({ file, now: () => clock.now });
    stores.push(store);
    return store;
  };
  return { file, clock, open };
}

const METHODS: readonly ((store: Store) => unknown)[] = [
  (store) => store.get('a'),
  (store) => store.put('a', '1', 60_000),
  (store) => store.add('b', '1', 60_000),
  (store) => store.compareAndSet('a', '1', '2', 60_000),
  (store) => store.increment('n', 1, 60_000),
  (store) => store.delete('a'),
  (store) => store.keys('a', 1),
  (store) => store.publish('c', 'm'),
];

for (const [how, lose] of [
  ['removed', (file: string) => rmSync(file)],
  ['moved away', (file: string) => renameSync(file, `${file}.old`)],
] as const) {
  test(`a file that was ${how}, and made anew by someone else, is not used any more`, async (t) => {
    const { file, clock, open } = world(t);
    const store = open();
    await store.put('a', '1', 60_000);
    lose(file);
    const other = open();
    clock.now += 1_000;
    for (const method of METHODS) assert.throws(() => method(store), { message: /removed or replaced/ });
    await other.put('a', '2', 60_000);
    assert.equal(await other.get('a'), '2');
    // What is back in its place may have been changed by anyone.
    rmSync(file);
    if (how === 'moved away') renameSync(`${file}.old`, file);
    clock.now += 1_000;
    assert.throws(() => store.get('a'), { message: /removed or replaced/ });
  });
}

test('a file that stays in its place is used on, also by two at once', async (t) => {
  const { clock, open } = world(t);
  const [one, two] = [open(), open()];
  for (let turn = 0; turn < 5; turn++) {
    clock.now += turn % 2 === 0 ? 5_000 : -2_000;
    await one.put('a', String(turn), 600_000);
    assert.equal(await two.get('a'), String(turn));
  }
});
