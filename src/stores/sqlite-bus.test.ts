import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'bus-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}.db`);

/** What a store hears on a channel, and a promise for so many messages of it. */
function listen(store: ReturnType<typeof createSqliteStore>, channel: string) {
  const heard: string[] = [];
  let want = 0;
  let done = (): void => undefined;
  const stop = store.subscribe(channel, (message) => {
    heard.push(message);
    if (heard.length >= want) done();
  });
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      want = count;
      done = resolve;
      if (heard.length >= count) resolve();
      // The poll itself keeps no process alive.
      else setTimeout(() => undefined, 20_000).unref();
    });
  return { heard, until, stop };
}

/** Keeps the test's process alive while it waits for what is polled. */
async function awake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

test('each process hears each message once, in order, its own at once', async () => {
  const file = newFile();
  const [one, two] = [createSqliteStore({ file }), createSqliteStore({ file })];
  await one.publish('a', 'before anyone listened');
  const [first, second, other] = [listen(one, 'a'), listen(two, 'a'), listen(two, 'b')];
  for (let i = 0; i < 300; i++) await (i % 2 === 0 ? one : two).publish('a', String(i));
  await one.publish('b', 'last');
  assert.ok(first.heard.includes('298'));
  await awake(Promise.all([first.until(300), second.until(300), other.until(1)]));
  const all = Array.from({ length: 300 }, (_, i) => String(i));
  assert.deepEqual(
    first.heard.toSorted((a, b) => Number(a) - Number(b)),
    all,
  );
  assert.deepEqual(
    second.heard.toSorted((a, b) => Number(a) - Number(b)),
    all,
  );
  assert.deepEqual(
    second.heard.filter((text) => Number(text) % 2 === 0),
    all.filter((text) => Number(text) % 2 === 0),
  );
  assert.deepEqual(other.heard, ['last']);
  await one.close();
  await two.close();
});

test('a message of another process arrives, and what it wrote is there', async () => {
  const file = newFile();
  const store = createSqliteStore({ file });
  const heard = listen(store, 'switches');
  const code = `
    const { createSqliteStore } = await import(process.argv[1]);
    const store = createSqliteStore({ file: process.argv[2] });
    store.put('key', 'value', 60000);
    store.publish('switches', 'from afar');
    store.close();`;
  const child = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code, new URL('sqlite.ts', import.meta.url).href, file],
    { encoding: 'utf8' },
  );
  assert.equal(child.status, 0, child.stderr);
  // The value needs no message: the next look sees it.
  assert.equal(await store.get('key'), 'value');
  await awake(heard.until(1));
  assert.deepEqual(heard.heard, ['from afar']);
  await store.close();
});

test('one who stopped listening hears nothing, and old messages go', async () => {
  const file = newFile();
  const clock = { time: 1_000_000 };
  const [one, two] = [createSqliteStore({ file, now: () => clock.time }), createSqliteStore({ file })];
  const [stopped, kept] = [listen(two, 'a'), listen(two, 'a')];
  (await stopped.stop)();
  for (let i = 0; i < 100; i++) await one.publish('a', 'old');
  clock.time += 60_001;
  for (let i = 0; i < 100; i++) await one.publish('a', 'new');
  await awake(kept.until(100));
  assert.deepEqual(stopped.heard, []);
  const look = new DatabaseSync(file, { readOnly: true });
  assert.equal(look.prepare("SELECT count(*) AS n FROM messages WHERE message = 'old'").get()?.['n'], 0);
  look.close();
  await one.close();
  await two.close();
});
