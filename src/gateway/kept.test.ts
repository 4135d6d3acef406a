import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { REGISTER_CHANNEL } from '../controls/kill-switch/register.ts';
import type { JsonObject } from '../protocol/json.ts';
import { freshnessOf } from '../server/freshness.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { Kept, mostKept, openKept } from './kept.ts';

const ALICE = { context: 'alice', mostMs: 60_000 };
const BOB = { context: 'bob', mostMs: 60_000 };

/** An upstream that counts how often it is asked. */
function upstream(more: JsonObject = { ttlMs: 30_000 }) {
  let asked = 0;
  const ask = () => Promise.resolve({ contents: `answer ${(asked += 1)}`, ...more });
  const read = async (kept: Kept, keep = ALICE, uri = 'x://a') =>
    (await kept.answer(keep, 'resources/read', { uri }, ask))['contents'];
  return { read, ask, asked: () => asked };
}

suite('what is kept of an upstream', () => {
  test('is given to the same caller again, and to nobody else', async () => {
    const kept = new Kept();
    const { read } = upstream();
    assert.equal(await read(kept), 'answer 1');
    assert.equal(await read(kept), 'answer 1');
    assert.equal(await read(kept, BOB), 'answer 2');
    assert.equal(await read(kept, ALICE, 'x://b'), 'answer 3');
    assert.equal(await read(kept), 'answer 1');
  });

  test('is kept for the shorter of what the upstream and the configuration say', async (t) => {
    let now = 0;
    t.after(() => mock.restoreAll());
    mock.method(performance, 'now', () => now);
    for (const [ttlMs, mostMs] of [
      [1_000, 60_000],
      [60_000, 1_000],
    ] as const) {
      const kept = new Kept();
      const { ask } = upstream({ ttlMs });
      const read = () => kept.answer({ context: 'alice', mostMs }, 'resources/read', {}, ask);
      assert.equal(freshnessOf(await read()), 1_000);
      now += 400;
      const again = await read();
      assert.equal(again['contents'], 'answer 1');
      assert.equal(freshnessOf(again), 600);
      now += 600;
      assert.equal((await read())['contents'], 'answer 2');
    }
  });

  for (const ttlMs of [undefined, 0, -60_000, '60000', Number.NaN])
    test(`is nothing when the upstream says ${String(ttlMs)}`, async () => {
      const kept = new Kept();
      const { read } = upstream(ttlMs === undefined ? {} : { ttlMs });
      assert.equal(await read(kept), 'answer 1');
      assert.equal(await read(kept), 'answer 2');
    });

  test('is bounded, by entries and by bytes', async () => {
    const many = new Kept();
    const small = upstream();
    for (let at = 0; at < 600; at++) await small.read(many, ALICE, `x://${at}`);
    assert.equal(await small.read(many, ALICE, 'x://599'), 'answer 600');
    assert.equal(await small.read(many, ALICE, 'x://0'), 'answer 601');

    const heavy = new Kept();
    const large = upstream({ ttlMs: 30_000, text: 'x'.repeat(1_000_000) });
    for (let at = 0; at < 20; at++) await large.read(heavy, ALICE, `x://${at}`);
    assert.equal(await large.read(heavy, ALICE, 'x://19'), 'answer 20');
    assert.equal(await large.read(heavy, ALICE, 'x://0'), 'answer 21');

    const each = new Kept();
    const giant = upstream({ ttlMs: 30_000, text: 'x'.repeat(1_100_000) });
    assert.equal(await giant.read(each), 'answer 1');
    assert.equal(await giant.read(each), 'answer 2');
  });

  test('what was asked before everything was forgotten is not kept', async () => {
    const kept = new Kept();
    const asked = Promise.withResolvers<JsonObject>();
    const old = kept.answer(ALICE, 'resources/read', { uri: 'x://a' }, () => asked.promise);
    kept.clear();
    asked.resolve({ contents: 'old', ttlMs: 30_000 });
    assert.equal(freshnessOf(await old), 0);
    assert.equal(await upstream().read(kept), 'answer 1');
  });

  for (const channel of [REGISTER_CHANNEL, 'revocations'])
    test(`is forgotten when something is told on ${channel}`, async () => {
      const store = createMemoryStore();
      const { kept, stop } = await openKept(true, store);
      const { read } = upstream();
      assert.equal(await read(kept), 'answer 1');
      await store.publish(channel, 'x');
      assert.equal(await read(kept), 'answer 2');
      stop();
      await store.publish(channel, 'x');
      assert.equal(await read(kept), 'answer 2');
      await store.close();
    });
});

test('what depends on answers or on a login is not kept', () => {
  assert.equal(mostKept('up', 'x://a', {}, {}), undefined);
  assert.equal(mostKept('up', 'x://a', { cache: '5m' }, {}), 300_000);
  assert.throws(
    () => mostKept('up', 'x://a', { cache: '5m', asks: ['roots'] }, {}),
    /upstreams\.up\.resources\.x:\/\/a/,
  );
  assert.throws(() => mostKept('up', 'x://a', { cache: '5m' }, { credential: { kind: 'login' } }), /login/);
  assert.throws(() => mostKept('up', 'x://a', { cache: 'soon' }, {}), /no span of time/);
});
