import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { resolveFlows, type FlowsOptions } from '../../flows/matrix.ts';
import type { Effect, Label, Sink } from '../../pipeline/catalog.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { tool, type Tool } from '../../server/tool.ts';
import { echo } from '../../prove/tools.ts';
import { exchangeOf, testSettings } from '../../../test/support/settings.ts';
import { configure as configureTasks } from '../task-context/control.ts';
import { configure } from './control.ts';

function made(name: string, effect: Effect, gives: readonly Label[], sends: readonly Sink[]): Tool {
  return tool({
    name,
    description: 'Does its work.',
    input: z.strictObject({ text: z.string().max(999).optional() }),
    output: z.strictObject({ text: z.string() }),
    scope: 'text:read',
    effect,
    flow: { gives, sends },
    run: () => ({ text: 'x' }),
  });
}

const TOOLS: readonly Tool[] = [
  made('diary', 'read', ['private'], []),
  made('page', 'read', ['untrusted'], []),
  made('look_up', 'read', [], ['outside']),
  made('send', 'write', [], ['outside']),
  made('keep', 'write', [], ['persistent']),
  made('change', 'write', [], []),
  made('wipe', 'destructive', [], []),
  made('close', 'critical', [], []),
  echo,
];

function parts(flows?: FlowsOptions, weakened: readonly string[] = []) {
  const settings = testSettings({ flows: resolveFlows(flows), weakened: new Set(weakened), server: { tools: TOOLS } });
  const { ledger } = configureTasks(settings);
  const call = (name: string, labels: readonly Label[] | undefined, text = 'hello'): Exchange => {
    const exchange = exchangeOf('tools/call', { name, arguments: { text } });
    exchange.target = settings.catalog.tools.get(name);
    exchange.args = { text };
    exchange.task = 'task-1';
    exchange.labels = labels === undefined ? undefined : new Set(labels);
    return exchange;
  };
  return { ...configure(settings, ledger), ledger, call };
}

async function cell(name: string, labels: readonly Label[], flows?: FlowsOptions): Promise<string> {
  const { decide, call } = parts(flows);
  const exchange = call(name, labels);
  const decision = await decide?.(exchange);
  if (decision?.pass !== true) return decision?.code ?? 'nothing';
  return exchange.demands.map(({ by }) => by).join() || 'pass';
}

suite('the matrix', () => {
  const rows: readonly (readonly [labels: readonly Label[], cells: readonly string[]])[] = [
    [[], ['pass', 'pass', 'pass', 'pass', 'pass', 'pass', 'pass']],
    [['private'], ['person', 'person', 'pass', 'pass', 'person', 'page', 'pass']],
    [['untrusted'], ['pass', 'person', 'pass', 'pass', 'person', 'page', 'pass']],
    [
      ['private', 'untrusted'],
      ['page', 'page', 'pass', 'pass', 'person', 'page', 'pass'],
    ],
  ];
  for (const [labels, cells] of rows) {
    test(labels.join(' and ') || 'nothing read', async () => {
      const got = [];
      for (const name of ['look_up', 'send', 'keep', 'change', 'wipe', 'close', 'echo'])
        got.push(await cell(name, labels));
      assert.deepEqual(got, cells);
    });
  }

  test('a refusal says why, in words that hold nothing of what was read', async () => {
    const { decide, call } = parts({ matrix: { both: { outside: 'deny' } } });
    assert.deepEqual(await decide?.(call('send', ['private', 'untrusted'])), {
      pass: false,
      code: 'FLOW_REFUSED',
      detail: 'both -> outside: deny',
      hint: 'This task has read private data and text that others may have written, and "send" sends its arguments outside.',
    });
  });
});

test('a request without a task is refused where there is something to decide', async () => {
  const { decide, mark, call } = parts();
  const refused = { pass: false, code: 'FLOW_REFUSED', detail: 'the request has no task' };
  assert.deepEqual(await decide?.(call('send', undefined)), refused);
  assert.deepEqual(await mark?.(call('diary', undefined)), refused);
  assert.deepEqual(await decide?.(call('echo', undefined)), { pass: true });
});

test('demands of others stay', async () => {
  const { decide, call } = parts();
  const exchange = call('send', ['private']);
  exchange.demands = [{ by: 'page', reason: 'Because.' }];
  assert.deepEqual(await decide?.(exchange), { pass: true });
  assert.deepEqual(exchange.demands, [
    { by: 'page', reason: 'Because.' },
    { by: 'person', reason: 'This task has read private data, and "send" sends its arguments outside.' },
  ]);
});

test('a task is labelled before the work, once', async () => {
  const { mark, ledger, call } = parts();
  assert.deepEqual(await mark?.(call('diary', [])), { pass: true });
  assert.deepEqual((await ledger?.read('task-1'))?.labels, new Set(['private']));
  assert.deepEqual(await mark?.(call('page', ['private'])), { pass: true });
  assert.deepEqual((await ledger?.read('task-1'))?.labels, new Set(['private', 'untrusted']));
  assert.equal(mark?.(call('page', ['private', 'untrusted'])) instanceof Promise, false, 'nothing is written twice');
});

test('what was read in private is remembered; what the caller had said is not', async () => {
  const { decide, remember, call } = parts({ matrix: { private: { outside: 'allow' } } });
  const reading = call('diary', [], 'the meeting in Bremen on Thursday');
  const text = 'Notes on the meeting in Bremen on Thursday: the takeover was agreed for forty million.';
  await remember?.(reading, { structuredContent: { text }, content: [] });
  const asks = async (sent: string): Promise<string> => {
    const exchange = call('send', ['private'], sent);
    await decide?.(exchange);
    return exchange.demands[0]?.reason ?? 'nothing';
  };
  assert.equal(await asks('See you at the meeting in Bremen on Thursday'), 'nothing');
  assert.equal(
    await asks('They say the takeover was agreed for forty million'),
    'This task has read private data, and "send" sends its arguments outside. The arguments repeat what this task has read in private.',
  );
  await remember?.(call('page', []), { structuredContent: { text: 'the quick brown fox jumps over the lazy dog' } });
  assert.equal(
    await asks('the quick brown fox jumps over the lazy dog'),
    'nothing',
    'what others wrote is not private',
  );
});

test('switched off, or with nothing to decide, it is not there at all', () => {
  const nothing = { decide: undefined, mark: undefined, remember: undefined, answered: undefined };
  const off = testSettings({ weakened: new Set(['flow-control']), server: { tools: TOOLS } });
  assert.deepEqual(configure(off, configureTasks(off).ledger), nothing);
  const plain = testSettings({ server: { tools: [echo, made('send', 'write', [], ['outside'])] } });
  assert.deepEqual(configure(plain, configureTasks(plain).ledger), nothing);
  const handles = testSettings({ flows: resolveFlows({ handles: true }) });
  assert.deepEqual(configure(handles, configureTasks(handles).ledger), nothing);
});

suite('a task that is forgotten while a call waits', () => {
  test('has the label of what the call then reads', async (t) => {
    const { mark, ledger, call } = parts({ idle: '1m' });
    const exchange = call('diary', ['private']);
    assert.equal((await mark?.(exchange))?.pass, true);
    assert.equal(await ledger?.read('task-1'), undefined);
    t.mock.method(Date, 'now', () => exchange.startedAt + 61_000);
    assert.equal((await mark?.(exchange))?.pass, true);
    assert.deepEqual([...((await ledger?.read('task-1'))?.labels ?? [])], ['private']);
  });

  test('keeps the labels that were there when the call came', async () => {
    const { ledger } = parts({ idle: '1m' });
    await ledger?.touch('task-1', { labels: new Set(['private']), pieces: new Map(), at: 0 });
    assert.deepEqual([...((await ledger?.read('task-1'))?.labels ?? [])], ['private']);
  });
});
