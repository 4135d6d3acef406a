import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { resolveFlows, type FlowsOptions } from '../../flows/matrix.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import type { Store } from '../../stores/store.ts';
import { tool } from '../../server/tool.ts';
import { echo } from '../../prove/tools.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const diary = tool({
  name: 'diary',
  description: 'Gives the diary.',
  input: z.strictObject({}),
  output: z.strictObject({ text: z.string() }),
  scope: 'text:read',
  effect: 'read',
  flow: { gives: ['private'] },
  run: () => ({ text: 'secret' }),
});

interface Made {
  readonly flows?: FlowsOptions;
  readonly weakened?: readonly string[];
  readonly store?: Store;
}

function make({ flows = { handles: true }, weakened = [], store = createMemoryStore() }: Made = {}) {
  const settings = testSettings({
    flows: resolveFlows(flows),
    weakened: new Set(weakened),
    store,
    server: { tools: [echo, diary] },
  });
  const { decide, ledger } = configure(settings);
  const request = async (handle?: unknown, caller: Partial<Principal> = {}): Promise<[unknown, Exchange]> => {
    const meta = handle === undefined ? {} : { _meta: { 'portcullis/task': handle } };
    const exchange = exchangeOf('tools/call', { name: 'diary', ...meta }, { principal: principal(caller) });
    exchange.target = settings.catalog.tools.get('diary');
    return [await decide?.(exchange), exchange];
  };
  return { decide, ledger, request };
}

const REFUSED = { pass: false, code: 'TASK_INVALID', detail: 'the handle does not open for this caller' };

test('where nothing gives a label and handles are closed, there is nothing to decide', () => {
  assert.deepEqual(configure(testSettings()), { decide: undefined, ledger: undefined });
  assert.notEqual(configure(testSettings({ flows: resolveFlows({ handles: true }) })).decide, undefined);
});

test('a principal and client have one task, others have others', async () => {
  const { request, ledger } = make({ flows: {} });
  const [passed, { task, labels }] = await request();
  assert.deepEqual([passed, labels], [{ pass: true }, new Set()]);
  await ledger?.label(task ?? '', ['private']);
  assert.deepEqual((await request())[1].labels, new Set(['private']));
  for (const other of [{ id: 'bob-id' }, { client: 'client-2' }]) {
    const [, exchange] = await request(undefined, other);
    assert.notEqual(exchange.task, task);
    assert.deepEqual(exchange.labels, new Set());
  }
});

test('a handle opens its task, for its caller, until its time', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const clock = { time: 0 };
  const { request, ledger } = make({ store: createMemoryStore({ now: () => clock.time }) });
  const [made, { taskHandle = '', task = '' }] = await request('new');
  assert.deepEqual(made, { pass: true });
  assert.match(taskHandle, /^p1\.[\w-]{60,}$/);
  assert.equal(taskHandle.includes(task), false);
  const [opened, exchange] = await request(taskHandle);
  assert.deepEqual([opened, exchange.task], [{ pass: true }, task]);
  assert.deepEqual((await request(taskHandle, { id: 'bob-id' }))[0], REFUSED);
  assert.deepEqual((await request(taskHandle, { client: 'client-2' }))[0], REFUSED);
  // Its own labels stay its own.
  await ledger?.label(task, ['private']);
  assert.deepEqual((await request())[1].labels, new Set());
  assert.deepEqual((await request(taskHandle))[1].labels, new Set(['private']));
  const pass = (ms: number): void => {
    clock.time += ms;
    t.mock.timers.tick(ms);
  };
  pass(1_700_000);
  assert.deepEqual((await request(taskHandle))[1].labels, new Set(['private']), 'used in time, it lives on');
  pass(1_700_000);
  assert.deepEqual((await request(taskHandle))[0], { pass: true });
  pass(1_800_001);
  assert.deepEqual((await request(taskHandle))[0], { pass: false, code: 'TASK_INVALID', detail: 'the task is over' });
});

test('what is no handle of ours is refused', async () => {
  const { request } = make();
  const [, { taskHandle = '' }] = await request('new');
  const bytes = Buffer.from(taskHandle.slice(3), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.deepEqual((await request(`p1.${changed.toString('base64url')}`))[0], REFUSED);
  }
  for (const other of ['', 'task-1', 'NEW', `${taskHandle}A`, 7, null, {}, ['new']])
    assert.deepEqual((await request(other))[0], REFUSED, JSON.stringify(other));
});

test('only so many tasks are made for one principal', async () => {
  const { request } = make();
  for (let count = 0; count < 256; count++) assert.deepEqual((await request('new'))[0], { pass: true });
  assert.deepEqual((await request('new'))[0], {
    pass: false,
    code: 'QUOTA_EXCEEDED',
    detail: 'too many tasks',
    retryAfter: 1800,
  });
  assert.deepEqual((await request('new', { id: 'bob-id' }))[0], { pass: true });
});

test('closed to handles, it does not look at them', async () => {
  const { request } = make({ flows: {} });
  const [, { task }] = await request();
  for (const handle of ['new', 'task-1', 7]) {
    const [decision, exchange] = await request(handle);
    assert.deepEqual([decision, exchange.task, exchange.taskHandle], [{ pass: true }, task, undefined]);
  }
});

test('without the control a client names its task as it likes', async () => {
  const { request } = make({ weakened: ['task-context'] });
  assert.equal((await request('task-1'))[1].task, 'task-1');
  assert.equal((await request('task-1', { id: 'bob-id' }))[1].task, 'task-1');
});

test('a store that fails throws, which denies', () => {
  const fail = (): never => {
    throw new Error('no store');
  };
  const settings = testSettings({
    store: { ...createMemoryStore(), get: fail, increment: fail },
    server: { tools: [diary] },
  });
  const exchange = exchangeOf('tools/call', { name: 'diary' });
  exchange.target = settings.catalog.tools.get('diary');
  assert.throws(() => configure(settings).decide?.(exchange), /no store/);
});
