import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Denial } from '../../pipeline/decision.ts';
import { createSealer } from '../../pipeline/seal.ts';
import type { AuditEvent, Recorder } from '../../record/event.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import type { Store } from '../../stores/store.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';
import { createSwitches, REGISTER_CHANNEL, REGISTER_KEY } from './register.ts';

const sealer = createSealer([new Uint8Array(32).fill(1)]);
const DRILL = { reason: 'drill', by: 'ann' };

function create(store: Store = createMemoryStore()) {
  const events: AuditEvent[] = [];
  const recorder: Recorder = {
    append: (event) => Promise.resolve({ index: events.push(event) }),
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
  const board = configure(testSettings({ store, sealer, recorder }));
  assert.ok(board);
  return { store, events, board, switches: createSwitches(store, sealer) };
}
const call = (name = 'echo', more: Parameters<typeof principal>[0] = {}) =>
  exchangeOf('tools/call', { name, arguments: {} }, { principal: principal(more) });
const refusal = (detail: string): Denial => ({ pass: false, code: 'DISABLED', detail });

test('the very next request obeys, without a message and without a wait', async () => {
  const { board, switches } = create();
  assert.deepEqual(board.decide(call()), { pass: true });
  await turn();
  const table = [
    ['tool', 'echo', 'tool echo: drill'],
    ['client', 'client-1', 'client client-1: drill'],
    ['principal', 'alice-id', 'principal alice-id: drill'],
    ['server', '*', 'server *: drill'],
  ] as const;
  for (const [kind, name, detail] of table) {
    await switches.disable({ kind, name, ...DRILL });
    await turn();
    assert.deepEqual(board.decide(call()), refusal(detail));
    assert.equal(await switches.enable(kind, name), true);
    assert.equal(await switches.enable(kind, name), false);
    await turn();
    assert.deepEqual(board.decide(call()), { pass: true });
  }
});

test('only what is named is refused', async () => {
  const { board, switches } = create();
  await switches.disable({ kind: 'tool', name: 'echo', ...DRILL });
  await switches.disable({ kind: 'client', name: 'client-9', ...DRILL });
  assert.deepEqual(board.decide(call()), refusal('tool echo: drill'));
  for (const other of [
    call('Echo'),
    call('other'),
    call('other', { id: 'echo', client: 'echo' }),
    exchangeOf('tools/list'),
  ])
    assert.deepEqual(board.decide(other), { pass: true });
  assert.deepEqual(board.decide(exchangeOf('prompts/get', { name: 'echo' })), { pass: true });
  assert.deepEqual(board.decide(call('other', { client: 'client-9' })), refusal('client client-9: drill'));
});

test('what has its time ends by itself', async () => {
  const { board, switches } = create();
  await switches.disable({ kind: 'tool', name: 'echo', ...DRILL, until: Date.now() - 1 });
  assert.deepEqual(board.decide(call()), { pass: true });
  assert.deepEqual(await switches.list(), []);
  await switches.disable({ kind: 'tool', name: 'echo', ...DRILL, until: Date.now() + 60_000 });
  await turn();
  assert.deepEqual(board.decide(call()), refusal('tool echo: drill'));
});

test('what is open is ended, here and in an instance that hears of it', async () => {
  const { store, board, switches } = create();
  const ended: string[] = [];
  const people = [principal(), principal({ id: 'bob-id', client: 'client-2' })];
  const stop = await board.begin((matches) => {
    for (const person of people) if (matches(person)) ended.push(person.id);
  });
  const stopped: (readonly [string, Denial])[] = [];
  const watch = (name: string, more?: Parameters<typeof principal>[0]) =>
    board.watch(call(name, more), (denial) => stopped.push([name, denial]));
  watch('echo');
  const over = watch('echo');
  over();
  watch('other');
  await switches.disable({ kind: 'tool', name: 'echo', ...DRILL });
  assert.deepEqual(stopped, [['echo', refusal('tool echo: drill')]]);
  assert.deepEqual(ended, []);
  await switches.disable({ kind: 'principal', name: 'alice-id', ...DRILL });
  assert.deepEqual(stopped.at(-1), ['other', refusal('principal alice-id: drill')]);
  assert.deepEqual(ended, ['alice-id']);
  // Switched off between its decision and its work.
  watch('late');
  assert.deepEqual(stopped.at(-1), ['late', refusal('principal alice-id: drill')]);
  assert.equal(stopped.length, 3);
  stop();
  await store.publish(REGISTER_CHANNEL, 'x');
});

test('what is open is ended though no message comes and nobody calls', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { board, switches } = create({ ...createMemoryStore(), publish: () => undefined });
  const ended: string[] = [];
  const stop = await board.begin((matches) => void (matches(principal()) && ended.push('alice-id')));
  const stopped: Denial[] = [];
  board.watch(call(), (denial) => stopped.push(denial));
  await switches.disable({ kind: 'principal', name: 'alice-id', ...DRILL });
  t.mock.timers.tick(1_000);
  assert.deepEqual(stopped, [refusal('principal alice-id: drill')]);
  assert.deepEqual(ended, ['alice-id']);
  stop();
  await switches.enable('principal', 'alice-id');
  await switches.disable({ kind: 'client', name: 'client-1', ...DRILL });
  t.mock.timers.tick(5_000);
  assert.deepEqual(ended, ['alice-id']);
});

test('a register that is forged, gone or old refuses everything, and says so once', async () => {
  for (const tamper of [
    (store: Store) => store.put(REGISTER_KEY, JSON.stringify({ sequence: 99, switches: [] }), 60_000),
    (store: Store) =>
      store.put(
        REGISTER_KEY,
        createSealer([new Uint8Array(32)]).seal('kill-switch', [REGISTER_KEY], '{"sequence":99,"switches":[]}'),
        60_000,
      ),
    (store: Store) =>
      store.put(REGISTER_KEY, sealer.seal('kill-switch', ['other'], '{"sequence":99,"switches":[]}'), 60_000),
    (store: Store) =>
      store.put(REGISTER_KEY, sealer.seal('cursor', [REGISTER_KEY], '{"sequence":99,"switches":[]}'), 60_000),
    (store: Store) =>
      store.put(
        REGISTER_KEY,
        sealer.seal('kill-switch', [REGISTER_KEY], '{"sequence":99,"switches":[{"kind":"all"}]}'),
        60_000,
      ),
    (store: Store) => store.delete(REGISTER_KEY),
    (store: Store, first: string) => store.put(REGISTER_KEY, first, 60_000),
  ]) {
    const { store, board, switches, events } = create();
    await switches.disable({ kind: 'tool', name: 'other', ...DRILL });
    const first = String(await store.get(REGISTER_KEY));
    await switches.disable({ kind: 'tool', name: 'echo', ...DRILL });
    assert.deepEqual(board.decide(call()), refusal('tool echo: drill'));
    await tamper(store, first);
    for (let i = 0; i < 3; i++) {
      await turn();
      const decision = await board.decide(call('third'));
      assert.ok(!decision.pass && decision.code === 'DISABLED', tamper.toString());
    }
    assert.equal(events.filter(({ kind }) => kind === 'alert').length, 1);
    assert.equal(board.blocks(call('third')), true);
  }
});

test('an operator without the key is told so', async () => {
  const store = createMemoryStore();
  await createSwitches(store, sealer).disable({ kind: 'tool', name: 'echo', ...DRILL });
  const intruder = createSwitches(store, createSealer([new Uint8Array(32)]));
  for (const attempt of [
    () => intruder.enable('tool', 'echo'),
    () => intruder.list(),
    () => intruder.disable({ kind: 'tool', name: 'x', ...DRILL }),
  ])
    await assert.rejects(attempt(), /was not made with this root key/);
  const rotated = createSwitches(store, createSealer([new Uint8Array(32).fill(9), new Uint8Array(32).fill(1)]));
  assert.equal((await rotated.list()).length, 1);
});

test('a store that cannot be reached throws, which denies; one that answers later is waited for', async () => {
  const broken = create({
    ...createMemoryStore(),
    get: () => {
      throw new Error('no store');
    },
  });
  assert.throws(() => broken.board.decide(call()), /no store/);
  const memory = createMemoryStore();
  const slow = create({ ...memory, get: async (key) => memory.get(key) });
  await slow.switches.disable({ kind: 'tool', name: 'echo', ...DRILL });
  assert.deepEqual(await slow.board.decide(call()), refusal('tool echo: drill'));
});

test('answers of a store that come in another order than they were asked for change nothing', async () => {
  const memory = createMemoryStore();
  const waiting: (() => void)[] = [];
  let isSlow = false;
  const store: Store = {
    ...memory,
    get: async (key) => {
      const read = await memory.get(key);
      if (isSlow) await new Promise<void>((resolve) => void waiting.push(resolve));
      return read;
    },
  };
  const { board, events, switches } = create(store);
  const ended: unknown[] = [];
  await board.begin((test) => ended.push(test(principal())));
  await switches.disable({ kind: 'tool', name: 'other', ...DRILL });
  assert.deepEqual(await board.decide(call()), { pass: true });
  isSlow = true;
  const early = board.decide(call());
  await turn();
  isSlow = false;
  await switches.disable({ kind: 'tool', name: 'echo', ...DRILL });
  assert.deepEqual(await board.decide(call()), refusal('tool echo: drill'));
  for (const resolve of waiting) resolve();
  assert.deepEqual(await early, refusal('tool echo: drill'));
  assert.equal(ended.includes(true), false);
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'alert'),
    [],
  );
});

test('many operators at once lose nothing', async () => {
  const { board, switches } = create();
  await Promise.all(Array.from({ length: 40 }, (_, i) => switches.disable({ kind: 'tool', name: `t${i}`, ...DRILL })));
  assert.equal((await switches.list()).length, 40);
  for (let i = 0; i < 40; i++) assert.equal((await board.decide(call(`t${i}`))).pass, false);
  await assert.rejects(switches.disable({ kind: 'all' as 'tool', name: 'x', ...DRILL }), TypeError);
  await assert.rejects(switches.disable({ kind: 'tool', name: '', ...DRILL }), TypeError);
});

test('each change is recorded, with who and why', async () => {
  const { board, switches, events } = create();
  const stop = await board.begin(() => undefined);
  await switches.disable({ kind: 'tool', name: 'echo', reason: 'wrong refunds', by: 'ann', until: 4_102_444_800_000 });
  await switches.enable('tool', 'echo');
  stop();
  assert.deepEqual(
    events.map(({ time: _time, ...rest }) => rest),
    [
      {
        kind: 'switch',
        request: '-',
        target: 'tool echo',
        before: 'on',
        after: 'off until 2100-01-01T00:00:00.000Z',
        detail: 'ann: wrong refunds',
      },
      { kind: 'switch', request: '-', target: 'tool echo', before: 'off', after: 'on' },
    ],
  );
});

test('switched off, there is none', () => {
  assert.equal(configure(testSettings({ weakened: new Set(['kill-switch']) })), undefined);
});
