import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IsolatedCall } from './call.ts';
import { Cell } from './cell.ts';
import type { Channel } from './channel.ts';
import { Pool, type PoolLimits } from './pool.ts';
import { NO_USAGE } from './usage.ts';

const LIMITS: PoolLimits = {
  perPrincipal: 1,
  total: 2,
  ready: 1,
  idleMs: 60_000,
  calls: 10,
  cpuMs: 60_000,
  waiting: 4,
};

/** A channel whose inside says that it is ready, or never says anything; each call is answered with 7. */
function channel(says: 'ready' | 'nothing'): Channel {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let tell: Parameters<Channel['hear']>[0] | undefined;
  let calls = 0;
  return {
    send(message) {
      const { kind } = message as { readonly kind: string };
      if (kind === 'call') queueMicrotask(() => tell?.message({ kind: 'done', call: ++calls, value: 7 }));
    },
    hear(listener) {
      tell = listener;
      if (says === 'ready') queueMicrotask(() => listener.message({ kind: 'ready', tools: ['t'] }));
    },
    usage: () => NO_USAGE,
    kill: () => end(),
    ended,
  };
}

function call(signal: AbortSignal = new AbortController().signal, principal = 'p'): IsolatedCall {
  const nothing = () => undefined;
  return {
    tool: 't',
    args: {},
    principal: { id: principal, subject: 's', issuer: 'i', tenant: undefined, client: 'c', scopes: [] },
    request: 'r',
    signal,
    needs: new Map(),
    log: nothing,
    progress: nothing,
    changed: { resource: nothing, list: nothing },
    used: nothing,
  };
}

test('a call is refused when its sandbox does not start in time', async () => {
  const pool = new Pool(() => new Cell(channel('nothing'), 20), LIMITS);
  await assert.rejects(pool.run(call()), {
    name: 'SandboxFailure',
    message: 'it did not load its module within 20 ms',
  });
  await pool.close();
});

test('a call that is over does not wait for a sandbox that starts', async () => {
  const pool = new Pool(() => new Cell(channel('nothing'), 600_000), LIMITS);
  const controller = new AbortController();
  const running = pool.run(call(controller.signal));
  controller.abort();
  await assert.rejects(running, { name: 'SandboxFailure', message: 'its call was over' });
  await pool.close();
});

test('a sandbox that the machine does not give refuses the call that needs it, and no other', async () => {
  let given = 0;
  const pool = new Pool(() => {
    if (++given > 1) throw new Error('spawn EAGAIN');
    return new Cell(channel('ready'));
  }, LIMITS);
  // The spare that would be started beside it fails, and the call does not notice.
  assert.equal(await pool.run(call()), 7);
  await assert.rejects(pool.run(call(undefined, 'another')), {
    name: 'SandboxFailure',
    message: 'it could not be started: Error: spawn EAGAIN',
  });
  assert.equal(await pool.run(call()), 7);
  await pool.close();
});

test('a call that waits for a place is refused when there is none to be had', async () => {
  let given = 0;
  const pool = new Pool(
    () => {
      if (++given > 1) throw new Error('spawn EAGAIN');
      return new Cell(channel('nothing'), 30);
    },
    { ...LIMITS, total: 1 },
  );
  const [first, second] = await Promise.allSettled([pool.run(call()), pool.run(call())]);
  assert.deepEqual(
    [first, second].map((each) => (each.status === 'rejected' ? String(each.reason) : each.status)),
    [
      'SandboxFailure: it did not load its module within 30 ms',
      'SandboxFailure: it could not be started: Error: spawn EAGAIN',
    ],
  );
  await pool.close();
});

test('closing refuses the calls that wait, and starts nothing for those that come later', {
  timeout: 10_000,
}, async () => {
  let started = 0;
  const pool = new Pool(() => {
    started++;
    return new Cell(channel('nothing'), 600_000);
  }, LIMITS);
  const [first, waiting] = [pool.run(call()), pool.run(call())];
  const refused = Promise.all([
    assert.rejects(first, { name: 'SandboxFailure', message: 'the host ended it' }),
    assert.rejects(waiting, { name: 'SandboxBusy', message: 'the host closes' }),
  ]);
  await pool.close();
  await refused;
  const before = started;
  await assert.rejects(pool.run(call()), { name: 'SandboxBusy' });
  assert.equal(started, before);
});
