import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principal, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { deny } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';
import type { AuditEvent, Recorder } from '../../record/event.ts';
import { configure } from './control.ts';

interface Kept extends Recorder {
  readonly events: AuditEvent[];
  readonly notes: AuditEvent[];
}

function keep(append: Recorder['append'] = () => Promise.resolve({ index: 0 })): Kept {
  const [events, notes]: [AuditEvent[], AuditEvent[]] = [[], []];
  return {
    events,
    notes,
    append(event) {
      events.push(event);
      return append(event);
    },
    note: (event) => void notes.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
}

function call(settings: Settings): Exchange {
  const exchange = new Exchange('stdio', 'modern');
  exchange.message = { kind: 'request', id: 7, method: 'tools/call', params: { name: 'echo' } };
  exchange.target = settings.catalog.tools.get('echo');
  exchange.principal = principal({ tenant: 'north' });
  exchange.argsDigest = 'digest of the arguments';
  exchange.trace = '0af7651916cd43dd8448eb211c80319c';
  return exchange;
}

/** An event without what differs from run to run. */
function steady(event: AuditEvent | undefined): Readonly<Record<string, unknown>> {
  const { time, ms, request, definition, ...rest } = { ...event };
  assert.equal(typeof time, 'number');
  assert.match(String(request), /^[\w-]{22}$/);
  assert.match(String(definition), /^[\w-]{43}$/);
  assert.ok(ms === undefined || ms >= 0);
  return rest;
}

const WHAT = {
  host: 'server',
  transport: 'stdio',
  era: 'modern',
  method: 'tools/call',
  target: 'echo',
  principal: 'alice-id',
  client: 'client-1',
  tenant: 'north',
  args: 'digest of the arguments',
  trace: '0af7651916cd43dd8448eb211c80319c',
};

test('intent, outcome and refusal say who, as which client, what, and how it ended', async () => {
  const recorder = keep();
  const settings = testSettings({ recorder });
  const record = configure(settings);
  const exchange = call(settings);
  assert.deepEqual(await record.intent(exchange), { pass: true });
  assert.deepEqual(await record.outcome(exchange, '\u20ac'), { pass: true });
  exchange.denial = deny('SCOPE_INSUFFICIENT', { detail: 'notes:write', scopes: ['notes:write'] });
  exchange.deniedBy = 'scope-step-up';
  record.denied(exchange);
  assert.deepEqual(recorder.events.map(steady), [
    { ...WHAT, kind: 'intent' },
    { ...WHAT, kind: 'outcome', decision: 'pass', result: 'digest of \u20ac', bytes: 3 },
  ]);
  assert.deepEqual(recorder.notes.map(steady), [
    {
      ...WHAT,
      kind: 'denied',
      decision: 'SCOPE_INSUFFICIENT',
      control: 'scope-step-up',
      detail: 'notes:write',
      scopes: ['notes:write'],
    },
  ]);
});

test('an answer that asks for input is a question, and no outcome', async () => {
  const recorder = keep();
  const settings = testSettings({ recorder });
  const exchange = call(settings);
  exchange.result = { resultType: 'input_required', inputRequests: {}, requestState: 'sealed' };
  assert.deepEqual(await configure(settings).outcome(exchange, '{}'), { pass: true });
  exchange.denial = deny('DEADLINE_EXCEEDED');
  assert.deepEqual(await configure(settings).outcome(exchange, ''), { pass: true });
  assert.deepEqual(recorder.events.map(steady), [
    { ...WHAT, kind: 'elicitation', result: 'digest of {}', bytes: 2 },
    { ...WHAT, kind: 'outcome', decision: 'DEADLINE_EXCEEDED', result: 'digest of ', bytes: 0 },
  ]);
});

test('a failed call ends with its code and detail', async () => {
  const recorder = keep();
  const settings = testSettings({ recorder });
  const exchange = call(settings);
  exchange.denial = deny('TOOL_FAILED', { detail: 'it broke' });
  await configure(settings).outcome(exchange, '');
  assert.equal(recorder.events[0]?.decision, 'TOOL_FAILED');
  assert.equal(recorder.events[0]?.detail, 'it broke');
});

test('neither arguments nor answers are in an event', async () => {
  const recorder = keep();
  const settings = testSettings({ recorder });
  const exchange = call(settings);
  exchange.args = { text: 'private words' };
  exchange.output = { text: 'private words' };
  await configure(settings).intent(exchange);
  await configure({ ...settings, digest: () => 'keyed' }).outcome(exchange, 'private words');
  assert.equal(JSON.stringify(recorder.events).includes('private words'), false);
});

test('what cannot be recorded is refused', async () => {
  const settings = testSettings({ recorder: keep(() => Promise.reject(new Error('disk full'))) });
  const record = configure(settings);
  const refusal = { pass: false, code: 'RECORD_FAILED', detail: 'disk full' };
  assert.deepEqual(await record.intent(call(settings)), refusal);
  assert.deepEqual(await record.outcome(call(settings), 'answer'), refusal);
});

test('a recorder that throws at once refuses as well', async () => {
  const settings = testSettings({
    recorder: keep(() => {
      throw new Error('closed');
    }),
  });
  const record = configure(settings);
  assert.deepEqual(await record.intent(call(settings)), { pass: false, code: 'RECORD_FAILED', detail: 'closed' });
  assert.deepEqual(await record.outcome(call(settings), ''), { pass: false, code: 'RECORD_FAILED', detail: 'closed' });
});

test('a request that was refused before it was understood is on record too', () => {
  const recorder = keep();
  const exchange = new Exchange('http', 'modern');
  exchange.denial = deny('TOKEN_MISSING');
  configure(testSettings({ recorder })).denied(exchange);
  const { time, request, ...rest } = { ...recorder.notes[0] };
  assert.deepEqual([typeof time, typeof request], ['number', 'string']);
  assert.deepEqual(rest, {
    kind: 'denied',
    host: 'server',
    transport: 'http',
    era: 'modern',
    decision: 'TOKEN_MISSING',
  });
});

test('with the control off nothing is recorded, and nothing waits', async () => {
  const recorder = keep(() => Promise.reject(new Error('disk full')));
  const settings = testSettings({ recorder, weakened: new Set(['audit-record']) });
  const record = configure(settings);
  const exchange = call(settings);
  assert.deepEqual(await record.intent(exchange), { pass: true });
  assert.deepEqual(await record.outcome(exchange, 'answer'), { pass: true });
  exchange.denial = deny('FORBIDDEN');
  record.denied(exchange);
  assert.deepEqual([recorder.events, recorder.notes], [[], []]);
});
