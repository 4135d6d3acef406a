import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../pipeline/context.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { exchangeOf, principal, testSettings, type TestSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

interface Call {
  readonly caller?: Partial<Principal>;
  readonly args?: string;
  readonly task?: string;
  readonly definition?: string;
}

function call({ caller = {}, args = 'd1', task, definition }: Call = {}): Exchange {
  const exchange = exchangeOf('tools/call', { name: 'echo' }, { principal: principal(caller) });
  const target = testSettings().catalog.tools.get('echo');
  exchange.target = target === undefined || definition === undefined ? target : { ...target, digest: definition };
  exchange.argsDigest = args;
  exchange.task = task;
  return exchange;
}

const bind = (given: Call = {}, settings: TestSettings = {}): string =>
  configure(testSettings(settings)).of(call(given));

test('an approval is bound to every part of the call', () => {
  const own = bind();
  assert.equal(bind(), own);
  const others = [
    bind({ caller: { id: 'bob-id' } }),
    bind({ caller: { client: 'client-2' } }),
    bind({ args: 'd2' }),
    bind({ task: 'task-1' }),
    bind({ task: 'task-2' }),
    bind({ definition: 'changed' }),
    bind({}, { policyVersion: () => 'v2' }),
    bind({}, { server: { version: '1.0.1' } }),
  ];
  assert.equal(new Set([own, ...others]).size, 9);
});

test('a call that lacks one of them has no binding', () => {
  const exchange = call();
  exchange.argsDigest = undefined;
  assert.throws(() => configure(testSettings()).of(exchange), /without one of its parts/);
});

test('requests are bounded by principal, tool and task, and by principal', async () => {
  const { budget } = configure(testSettings({ limits: { approvalPrompts: 2 } }));
  const passes = async (given: Call) => (await budget.ask(call(given))).pass;
  assert.deepEqual([await passes({}), await passes({}), await passes({})], [true, true, false]);
  // Another task has its own two, but all of them together have twelve.
  const granted: boolean[] = [];
  for (let task = 0; task < 20; task += 1) granted.push(await passes({ task: `t${task}` }));
  assert.equal(granted.filter(Boolean).length, 10);
  assert.equal(await passes({ caller: { id: 'bob-id' } }), true);
});

test('three declined requests of one source end its asking for a while', async () => {
  const { budget } = configure(testSettings());
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await budget.ask(call())).pass, true);
    await budget.declined(call());
  }
  assert.deepEqual(await budget.ask(call()), {
    pass: false,
    code: 'RATE_LIMITED',
    retryAfter: 600,
    detail: 'approval: too many requests were declined',
  });
  // A new task does not make it another source.
  assert.equal((await budget.ask(call({ task: 'new' }))).pass, false);
  assert.equal((await budget.ask(call({ caller: { client: 'client-2' } }))).pass, true);
});

test('with the control off an approval of a tool stands', () => {
  const binding = configure(testSettings({ weakened: new Set(['approval-binding']) }));
  assert.equal(binding.single, false);
  assert.equal(binding.of(call()), binding.of(call({ caller: { id: 'bob-id' }, args: 'd2' })));
});
