import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { QuotaExceeded } from '../../errors.ts';
import type { Limits } from '../../pipeline/limits.ts';
import type { AuditEvent } from '../../record/event.ts';
import { NO_RECORD } from '../../server/no-record.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import type { Store } from '../../stores/store.ts';
import { log, sql, tool } from '../../index.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const made = { input: z.strictObject({}), output: z.strictObject({}), scope: 'text:read', effect: 'read' } as const;
const declare = (name: string, more: object) =>
  tool({ name, description: `Does ${name}.`, ...made, ...more, run: () => ({}) });
const TOOLS = [
  declare('plain', {}),
  declare('logs', { needs: { audit: log() } }),
  declare('rows', { needs: { db: sql('a', 'read') } }),
  declare('few', { limits: { concurrent: 2 } }),
  declare('apart', { sandbox: 'worker' }),
];
const WINDOW = 60_000;
const LIMITS: Partial<Limits> = {
  quotaWindowMs: WINDOW,
  cpuMsPerPrincipal: 1000,
  diskBytesPerPrincipal: 5000,
  processesPerPrincipal: 3,
  logBytesPerPrincipal: 100,
  concurrentPerTool: 3,
};

function create(store: Store = createMemoryStore()) {
  const events: AuditEvent[] = [];
  const clock = { now: 10 * WINDOW + 15_000 };
  const recorder = { ...NO_RECORD, note: (event: AuditEvent) => void events.push(event) };
  const settings = testSettings({ store, recorder, limits: LIMITS, server: { tools: TOOLS } });
  const quotas = configure(settings, () => clock.now);
  assert.ok(quotas);
  const call = (name: string, id = 'alice-id') => {
    const exchange = exchangeOf('tools/call', { name }, { principal: principal({ id }) });
    exchange.target = settings.catalog.tools.get(name);
    return exchange;
  };
  return { quotas, clock, events, call };
}
const spent = (detail: string, retryAfter: number) => ({ pass: false, code: 'QUOTA_EXCEEDED', retryAfter, detail });

test('what is used up is refused until the window ends, for its caller alone', () => {
  const { quotas, clock, call } = create();
  for (let i = 0; i < 10; i++) quotas.held(call('plain'), 100);
  assert.deepEqual(quotas.decide(call('plain')), { pass: true });
  quotas.held(call('plain'), 2);
  for (const name of ['plain', 'rows', 'apart']) assert.deepEqual(quotas.decide(call(name)), spent('cpuMs', 45));
  assert.deepEqual(quotas.decide(call('plain', 'bob-id')), { pass: true });
  assert.deepEqual(quotas.decide(exchangeOf('tools/list')), { pass: true });
  clock.now += 45_000;
  assert.deepEqual(quotas.decide(call('plain')), { pass: true });
});

test('time that is too brief to matter is not counted', () => {
  const { quotas, call } = create();
  for (let i = 0; i < 10_000; i++) quotas.held(call('plain'), 1.9);
  assert.deepEqual(quotas.decide(call('plain')), { pass: true });
});

test('what a sandboxed call used is counted', () => {
  for (const [use, detail] of [
    [{ cpuMs: 1001, diskBytes: 0 }, 'cpuMs'],
    [{ cpuMs: 0, diskBytes: 5001 }, 'diskBytes'],
  ] as const) {
    const { quotas, call } = create();
    quotas.used({ principal: 'alice-id', ...use });
    assert.deepEqual(quotas.decide(call('apart')), spent(detail, 45));
  }
  const { quotas, call } = create();
  for (let i = 0; i < 4; i++) quotas.used({ principal: 'alice-id', cpuMs: 1, diskBytes: 1 });
  assert.deepEqual(quotas.decide(call('plain')), spent('processes', 45));
});

test('a meter stops in the middle of a call', () => {
  const { quotas } = create();
  const meter = quotas.meterOf('alice-id');
  meter.spend('diskBytes', 4000);
  assert.throws(
    () => meter.spend('diskBytes', 1001),
    (error: unknown) => {
      assert.ok(error instanceof QuotaExceeded);
      assert.deepEqual([error.resource, error.retryAfter], ['diskBytes', 45]);
      return true;
    },
  );
  assert.throws(() => meter.spend('diskBytes', 1), QuotaExceeded);
  quotas.meterOf('bob-id').spend('diskBytes', 4000);
  for (const nothing of [0, -5, Number.NaN]) meter.spend('cpuMs', nothing);
});

test('log lines beyond their quota are dropped, and stop nothing else', () => {
  const { quotas, call } = create();
  const meter = quotas.meterOf('alice-id');
  assert.equal(meter.take('logBytes', 80), true);
  assert.equal(meter.take('logBytes', 80), false);
  assert.deepEqual(quotas.decide(call('logs')), { pass: true });
});

test('calls of one tool at a time: as declared, or as deployed where a tool uses something', () => {
  for (const [name, most] of [
    ['few', 2],
    ['rows', 3],
    ['apart', 3],
  ] as const) {
    const { quotas, call } = create();
    const held = Array.from({ length: most }, () => call(name));
    for (const each of held) assert.deepEqual(quotas.decide(each), { pass: true });
    assert.deepEqual(quotas.decide(call(name)), {
      pass: false,
      code: 'CONCURRENCY_LIMIT',
      retryAfter: 1,
      detail: `${most} of ${name}`,
    });
    assert.deepEqual(quotas.decide(call(name, 'bob-id')), { pass: true });
    for (const end of held[0]?.ends ?? []) end();
    assert.deepEqual(quotas.decide(call(name)), { pass: true });
  }
  const { quotas, call } = create();
  for (const name of ['plain', 'logs'])
    for (let i = 0; i < 50; i++) {
      const exchange = call(name);
      assert.deepEqual(quotas.decide(exchange), { pass: true });
      assert.equal(exchange.ends, undefined);
    }
});

test('it holds on every instance: those that use much ask the store, the others hear of it', async () => {
  const store = createMemoryStore();
  const [one, two, late] = [create(store), create(store), create(store)];
  const stops = [await one.quotas.begin(), await two.quotas.begin()];
  one.quotas.held(one.call('plain'), 600);
  two.quotas.held(two.call('plain'), 600);
  for (const each of [one, two]) assert.deepEqual(await each.quotas.decide(each.call('rows')), spent('cpuMs', 45));
  one.quotas.held(one.call('plain'), 10);
  assert.deepEqual(one.quotas.decide(one.call('plain')), spent('cpuMs', 45));
  assert.deepEqual(two.quotas.decide(two.call('plain')), spent('cpuMs', 45));
  assert.deepEqual(late.quotas.decide(late.call('apart')), spent('cpuMs', 45));
  assert.deepEqual(
    one.events.concat(two.events).map(({ kind, principal: who, detail }) => [kind, who, detail]),
    [['alert', 'alice-id', 'cpuMs used up until 1970-01-01T00:11:00.000Z']],
  );
  for (const nonsense of [
    '',
    'null',
    '{}',
    '{"principal":"bob-id"}',
    '{"principal":"bob-id","resource":"x","until":1e15}',
  ])
    await store.publish('quotas', nonsense);
  assert.deepEqual(two.quotas.decide(two.call('plain', 'bob-id')), { pass: true });
  for (const stop of stops) stop();
});

test('a store that answers later is waited for, and one that fails denies', async () => {
  const memory = createMemoryStore();
  const slow = create({
    ...memory,
    get: async (key) => memory.get(key),
    increment: async (...args) => memory.increment(...args),
  });
  slow.quotas.held(slow.call('plain'), 1001);
  assert.deepEqual(await slow.quotas.decide(slow.call('rows')), spent('cpuMs', 45));
  const broken = create({
    ...memory,
    get: () => {
      throw new Error('no store');
    },
  });
  assert.throws(() => broken.quotas.decide(broken.call('rows')), /no store/);
});

test('declarations are checked', () => {
  for (const concurrent of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => testSettings({ server: { tools: [declare('x', { limits: { concurrent } })] } }), {
      message: /limits\.concurrent: give a whole number above 0/,
    });
  }
  assert.equal(configure(testSettings({ weakened: new Set(['principal-quotas']) })), undefined);
});
