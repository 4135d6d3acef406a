import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { event, open, ORIGIN, rewrite, segmentNames, temporary, testKey } from '../../../test/record/fixture.ts';
import { gathered, outcomeOf, record, writeFiles } from '../../../test/support/evidence.ts';
import { OPERATION_CASES } from '../../../test/support/evidence-operation.ts';
import { verifierKey } from '../../record/keys.ts';

const KEY = verifierKey(ORIGIN, testKey());
const CALL = { principal: 'p1', target: 'read', definition: 'd1', decision: 'pass' };

async function logOf(t: TestContext, events: readonly object[]): Promise<string> {
  const directory = temporary(t);
  const log = await open(t, directory);
  for (const [at, more] of events.entries()) await log.append(event(at, more));
  await log.close();
  return directory;
}

async function outcome(t: TestContext, log: string | undefined, rule: string, logKey: string | null = KEY) {
  const root = await writeFiles(t, { 'evidence/n.txt': '' });
  const places = { ...(log === undefined ? {} : { log }), ...(logKey === null ? {} : { logKey }) };
  const { status, why, findings } = outcomeOf(await gathered(root, places), rule);
  return { status, why, findings };
}

test('a log that is whole passes by the key that the reader keeps', async (t) => {
  const log = await logOf(t, [{}, {}, {}]);
  assert.equal((await outcome(t, log, 'log-chain')).status, 'pass');
  assert.equal((await outcome(t, log, 'log-chain', null)).status, 'unknown');
  // Whoever rewrites a log can write the key beside it as well.
  writeFileSync(join(log, 'verifier'), KEY);
  const beside = await outcome(t, log, 'log-chain', null);
  assert.equal(beside.status, 'unknown');
  assert.match(beside.why, /could write as well/);
  assert.equal((await outcome(t, undefined, 'log-chain')).status, 'unknown');
});

test('a log that was edited, cut or robbed of a record fails, and says where', async (t) => {
  const changes: readonly [RegExp, (lines: string[]) => string[]][] = [
    [/altered/, (lines) => lines.with(1, (lines[1] ?? '').replace('tools/call', 'tools/list'))],
    [/truncated|altered/, (lines) => lines.slice(0, 2)],
    [/dropped|altered/, (lines) => lines.toSpliced(1, 1)],
  ];
  for (const [says, change] of changes) {
    const log = await logOf(t, [{}, {}, {}, {}]);
    rewrite(join(log, segmentNames(log)[0] ?? ''), change);
    const { status, findings } = await outcome(t, log, 'log-chain');
    assert.equal(status, 'fail');
    assert.match(findings.map(({ message }) => message).join('; '), says);
  }
});

test('calls that are recorded without who or what fail', async (t) => {
  const whole = await logOf(t, [{ kind: 'outcome', ...CALL }, { kind: 'intent' }]);
  assert.equal((await outcome(t, whole, 'log-sample')).status, 'pass');
  const { principal: _, ...nobody } = CALL;
  const half = await logOf(t, [
    { kind: 'outcome', ...CALL },
    { kind: 'outcome', ...nobody },
  ]);
  const { status, findings } = await outcome(t, half, 'log-sample');
  assert.deepEqual(
    [status, findings.map(({ message }) => message)],
    ['fail', ['principal is in 1 of 2 recorded calls']],
  );
  const none = await logOf(t, [{ kind: 'start' }]);
  assert.equal((await outcome(t, none, 'log-sample')).status, 'unknown');
});

test('an event that stands in a log shows that it is recorded; that there is none shows nothing', async (t) => {
  const log = await logOf(t, [
    { kind: 'denied', control: 'header-agreement' },
    { kind: 'denied', control: 'rate-limit' },
    { kind: 'approval' },
    { kind: 'elevation' },
  ]);
  const rules = ['header-mismatch-events', 'budget-events', 'approval-events', 'elevation-events'];
  for (const rule of rules) assert.equal((await outcome(t, log, rule)).status, 'pass', rule);
  const empty = await logOf(t, [{ kind: 'start' }]);
  for (const rule of rules) assert.equal((await outcome(t, empty, rule)).status, 'unknown', rule);
  rewrite(join(log, segmentNames(log)[0] ?? ''), (lines) => lines.toSpliced(1, 1));
  for (const rule of rules) assert.equal((await outcome(t, log, rule)).status, 'unknown', rule);
  const good = OPERATION_CASES.find(({ kind }) => kind === 'log-sample')?.good ?? {};
  const events = [{ event: 'approval', count: 2, example: 'r1' }];
  const root = await writeFiles(t, { 'evidence/s.json': record('log-sample', { ...good, events }) });
  assert.equal(outcomeOf(await gathered(root), 'approval-events').status, 'pass');
  assert.equal(outcomeOf(await gathered(root), 'elevation-events').status, 'unknown');
});

test('a log among the records is found, and one that leads elsewhere is not followed', async (t) => {
  const log = await logOf(t, [{}, {}]);
  const { status } = outcomeOf(await gathered(log, { folder: log, logKey: KEY }), 'log-chain');
  assert.equal(status, 'pass');
  const other = await logOf(t, [{}]);
  symlinkSync(join(other, 'checkpoint'), join(log, 'linked'));
  const run = await gathered(log, { folder: log, logKey: KEY });
  assert.match(run.parts[0]?.unread[0]?.why ?? '', /no plain file/);
});
