import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IsolatedCall } from './call.ts';
import { Cell } from './cell.ts';
import type { Channel } from './channel.ts';
import { NO_USAGE } from './usage.ts';

type Heard = Parameters<Channel['hear']>[0];

/** A handler that a test speaks for. */
function start(): { readonly cell: Cell; readonly say: (message: unknown) => void } {
  let heard: Heard | undefined;
  const { promise: ended, resolve: kill } = Promise.withResolvers<void>();
  const channel = { send: () => undefined, hear: (by: Heard) => void (heard = by), usage: () => NO_USAGE, kill, ended };
  const cell = new Cell(channel);
  const say = (message: unknown) => heard?.message(message);
  say({ kind: 'ready', tools: ['t'] });
  return { cell, say };
}

const nothing = () => undefined;
const call: IsolatedCall = {
  tool: 't',
  args: {},
  principal: { id: 'p', subject: 's', issuer: 'i', tenant: undefined, client: 'c', scopes: [] },
  request: 'r',
  signal: new AbortController().signal,
  needs: new Map(),
  log: nothing,
  progress: nothing,
  changed: { resource: nothing, list: nothing },
  used: nothing,
};
const stray = { kind: 'log', call: 1, level: 'info', message: 'late', fields: {} };

test('what speaks on and on for a call that has ended is ended itself', async () => {
  const { cell, say } = start();
  const first = cell.run(call);
  say({ kind: 'done', call: 1, value: 7 });
  assert.equal(await first, 7);
  for (let count = 0; count < 100; count++) say(stray);
  const second = cell.run({ ...call, log: () => assert.fail('it is no message of this call') });
  say({ kind: 'done', call: 1, value: 'of another call' });
  await assert.rejects(second, { message: 'it spoke for no call' });
  assert.equal(cell.alive, false);
});

test('a few late words are not heard, and do no harm', async () => {
  const { cell, say } = start();
  const first = cell.run(call);
  say({ kind: 'done', call: 1, value: 7 });
  await first;
  const second = cell.run({ ...call, log: () => assert.fail('it is no message of this call') });
  for (let count = 0; count < 100; count++) say(stray);
  say({ kind: 'done', call: 2, value: 8 });
  assert.equal(await second, 8);
  assert.equal(cell.alive, true);
});

test('what says twice that it is ready is ended', () => {
  const { cell, say } = start();
  say({ kind: 'ready', tools: ['t'] });
  assert.equal(cell.alive, false);
});
