import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../pipeline/context.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const ROUND = { round: 1, answers: { first: { action: 'accept' } }, asked: { first: 'form', second: 'form' } };

interface Call {
  readonly state?: unknown;
  readonly caller?: Partial<Principal>;
  readonly digest?: string;
  readonly method?: string;
  readonly responses?: Readonly<Record<string, unknown>>;
}

function call({ state, caller = {}, digest = 'd1', method = 'tools/call', responses = {} }: Call = {}): Exchange {
  const params = { name: 'echo', ...(state === undefined ? {} : { requestState: state, inputResponses: responses }) };
  const exchange = exchangeOf(method, params, { principal: principal(caller) });
  exchange.argsDigest = digest;
  exchange.target = settings.catalog.tools.get('echo');
  return exchange;
}

const settings = testSettings();
const { decide, seal } = configure(settings);
const refusal = (detail: string) => ({ pass: false, code: 'STATE_INVALID', detail });
const CLOSED = refusal('the seal does not open for this request');

test('state opens for the request that it was sealed for, once', () => {
  const state = seal(call(), ROUND);
  const exchange = call({ state, responses: { second: { action: 'decline' }, third: { action: 'accept' } } });
  assert.deepEqual(decide(exchange), { pass: true });
  assert.equal(exchange.rounds?.round, 1);
  assert.deepEqual(
    [...(exchange.rounds?.answers ?? [])],
    [
      ['first', { action: 'accept' }],
      ['second', { action: 'decline' }],
    ],
  );
  assert.deepEqual(decide(call({ state })), refusal('used before'));
});

test('state opens for nothing else', () => {
  const state = seal(call(), ROUND);
  const others: readonly Call[] = [
    { caller: { id: 'bob-id' } },
    { caller: { client: 'client-2' } },
    { digest: 'd2' },
    { method: 'prompts/get' },
  ];
  for (const other of others) assert.deepEqual(decide(call({ state, ...other })), CLOSED, JSON.stringify(other));
  assert.deepEqual(decide(call({ state })), { pass: true });
});

test('no bit of it can be changed, and no byte left out', () => {
  const state = seal(call(), ROUND);
  const bytes = Buffer.from(state.slice(3), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x80;
    assert.deepEqual(decide(call({ state: `p1.${changed.toString('base64url')}` })), CLOSED);
    assert.deepEqual(decide(call({ state: `p1.${bytes.subarray(0, at).toString('base64url')}` })), CLOSED);
  }
  for (const other of ['', 'p1.', state.slice(1), `${state}=`, `${state}A`, 7, null, {}])
    assert.deepEqual(decide(call({ state: other })), CLOSED);
});

test('state lapses', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const state = seal(call(), ROUND);
  t.mock.timers.tick(300_000);
  assert.deepEqual(decide(call({ state })), refusal('expired'));
});

test('there are only so many rounds', () => {
  assert.deepEqual(decide(call({ state: seal(call(), { ...ROUND, round: 8 }) })), { pass: true });
  assert.deepEqual(decide(call({ state: seal(call(), { ...ROUND, round: 9 }) })), refusal('too many rounds'));
});

test('of two uses at once, one gets through', async () => {
  const memory = createMemoryStore();
  const store = { ...memory, add: async (...entry: Parameters<typeof memory.add>) => memory.add(...entry) };
  const shared = testSettings({ store });
  const [one, two] = [configure(shared), configure(shared)];
  const state = one.seal(call(), ROUND);
  const verdicts = await Promise.all([one.decide(call({ state })), two.decide(call({ state }))]);
  assert.deepEqual(
    verdicts.map(({ pass }) => pass),
    [true, false],
  );
});

test('a store that cannot be reached throws, which denies', () => {
  const add = () => {
    throw new Error('no store');
  };
  const broken = configure(testSettings({ store: { ...createMemoryStore(), add } }));
  assert.throws(() => broken.decide(call({ state: broken.seal(call(), ROUND) })), /no store/);
});

test('answers without state are answers to nothing', () => {
  const exchange = exchangeOf('tools/call', { name: 'echo', inputResponses: { first: { action: 'accept' } } });
  assert.deepEqual(decide(exchange), { pass: true });
  assert.equal(exchange.rounds, undefined);
});
