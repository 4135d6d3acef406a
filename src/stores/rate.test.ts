import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createRate } from './rate.ts';

const limits = fc.record({ perMinute: fc.integer({ min: 1, max: 6000 }), burst: fc.integer({ min: 1, max: 20 }) });
const gaps = fc.array(fc.nat({ max: 5000 }), { maxLength: 200 });

suite('rate', () => {
  test('never more than the burst and the sustained rate in any window, and never less', () => {
    fc.assert(
      fc.property(limits, gaps, fc.nat({ max: 2 ** 40 }), ({ perMinute, burst }, waits, start) => {
        let time = start;
        const rate = createRate({ now: () => time });
        const passed: number[] = [];
        // A token bucket in exact arithmetic, in units of 1/60,000 of a call.
        let bucket = BigInt(burst) * 60_000n;
        let filled = time;
        for (const wait of waits) {
          time += wait;
          const most = BigInt(burst) * 60_000n;
          const refilled = bucket + BigInt(time - filled) * BigInt(perMinute);
          bucket = refilled > most ? most : refilled;
          filled = time;
          const { waitMs } = rate('k', perMinute, burst);
          assert.equal(waitMs === 0, bucket >= 60_000n);
          if (waitMs === 0) {
            bucket -= 60_000n;
            passed.push(time);
          } else {
            const missing = 60_000n - bucket;
            assert.equal(BigInt(waitMs), (missing + BigInt(perMinute) - 1n) / BigInt(perMinute));
          }
        }
        for (const [index, from] of passed.entries()) {
          for (let to = index + burst; to < passed.length; to++) {
            const until = passed[to] ?? 0;
            assert.ok((to - index + 1 - burst) * 60_000 <= (until - from) * perMinute);
          }
        }
      }),
    );
  });

  test('a client that waits exactly as told always passes', () => {
    fc.assert(
      fc.property(limits, ({ perMinute, burst }) => {
        let time = 0;
        const rate = createRate({ now: () => time });
        for (let i = 0; i < 60; i++) {
          const { waitMs } = rate('k', perMinute, burst);
          if (waitMs === 0) continue;
          time += waitMs - 1;
          assert.notEqual(rate('k', perMinute, burst).waitMs, 0);
          time += 1;
          assert.equal(rate('k', perMinute, burst).waitMs, 0);
        }
      }),
    );
  });

  test('keys do not touch each other, a changed limit keeps the debt', () => {
    let time = 0;
    const rate = createRate({ now: () => time });
    assert.equal(rate('a', 60, 1).waitMs, 0);
    assert.equal(rate('b', 60, 1).waitMs, 0);
    assert.equal(rate('a', 60, 1).waitMs, 1000);
    assert.equal(rate('a', 120, 1).waitMs, 1000);
    time = 1000;
    assert.equal(rate('a', 120, 1).waitMs, 0);
    assert.equal(rate('a', 120, 1).waitMs, 500);
  });

  test('keys are bounded: new ones wait while all are owed time, and idle ones make room', () => {
    let time = 0;
    const rate = createRate({ now: () => time, maxKeys: 3 });
    for (const key of ['a', 'b', 'c']) assert.equal(rate(key, 60, 1).waitMs, 0);
    assert.equal(rate('d', 60, 1).waitMs, 1000);
    assert.equal(rate('a', 60, 1).waitMs, 1000);
    time = 1000;
    assert.equal(rate('d', 60, 1).waitMs, 0);
    assert.equal(rate('a', 60, 1).waitMs, 0);
  });

  test('100,000 keys that come and go leave nothing behind', () => {
    let time = 0;
    const rate = createRate({ now: () => time, maxKeys: 2000 });
    for (let i = 0; i < 100_000; i++) {
      time += 1;
      assert.equal(rate(`k${i}`, 60, 1).waitMs, 0);
    }
  });
});
