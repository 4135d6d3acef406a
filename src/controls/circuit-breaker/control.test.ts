import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../errors.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import type { AuditEvent } from '../../record/event.ts';
import { NO_RECORD } from '../../server/no-record.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

function create() {
  const events: AuditEvent[] = [];
  const recorder = { ...NO_RECORD, note: (event: AuditEvent) => void events.push(event) };
  const settings = testSettings({ recorder, limits: { breakerFailures: 3, breakerOpenMs: 5_000 } });
  const breaker = configure(settings);
  assert.ok(breaker);
  const exchange = (id = 'alice-id') => {
    const made = exchangeOf('tools/call', { name: 'echo' }, { principal: principal({ id }) });
    made.target = settings.catalog.tools.get('echo');
    return made;
  };
  return { breaker, events, exchange, settle: (denial?: Denial, id?: string) => breaker.settled(exchange(id), denial) };
}

test("the tool's own faults count, and nothing else", () => {
  const table: readonly (readonly [ErrorCode, boolean])[] = [
    ['TOOL_FAILED', true],
    ['DEADLINE_EXCEEDED', true],
    ['SANDBOX_FAILED', true],
    ['OUTPUT_INVALID', true],
    ['CANCELLED', false],
    ['ARGUMENTS_INVALID', false],
    ['OBJECT_FORBIDDEN', false],
    ['APPROVAL_DENIED', false],
    ['FLOW_REFUSED', false],
    ['QUOTA_EXCEEDED', false],
    ['OUTPUT_TOO_LARGE', false],
    ['STORE_UNAVAILABLE', false],
    ['RECORD_FAILED', false],
    ['DISABLED', false],
  ];
  for (const [code, counts] of table) {
    const { breaker, exchange, settle } = create();
    for (let i = 0; i < 5; i++) settle(deny(code));
    const decision = breaker.decide(exchange());
    assert.ok(!(decision instanceof Promise));
    assert.equal(decision.pass, !counts, code);
  }
  const { breaker, exchange, settle } = create();
  for (let i = 0; i < 5; i++) settle(deny('TOOL_FAILED', { hint: 'There is no such order.', detail: 'PublicError' }));
  assert.deepEqual(breaker.decide(exchange()), { pass: true });
});

test('a refusal says when, and is recorded once', () => {
  const { breaker, exchange, events, settle } = create();
  for (let i = 0; i < 5; i++) settle(deny('TOOL_FAILED'));
  assert.deepEqual(breaker.decide(exchange()), {
    pass: false,
    code: 'CIRCUIT_OPEN',
    retryAfter: 5,
    detail: 'open for this caller',
  });
  assert.deepEqual(breaker.decide(exchange('bob-id')), { pass: true });
  for (const id of ['c', 'd']) for (let i = 0; i < 3; i++) settle(deny('TOOL_FAILED'), id);
  assert.deepEqual(breaker.decide(exchange('bob-id')), {
    pass: false,
    code: 'CIRCUIT_OPEN',
    retryAfter: 5,
    detail: 'open for everyone',
  });
  assert.deepEqual(
    events.map(({ kind, target, detail, principal: who }) => [kind, target, detail, who]),
    [
      ['alert', 'echo', 'circuit open for one caller', 'alice-id'],
      ['alert', 'echo', 'circuit open for one caller', 'c'],
      ['alert', 'echo', 'circuit open for everyone', undefined],
    ],
  );
});

test('what is no tool call is let alone', () => {
  const { breaker, settle } = create();
  for (let i = 0; i < 5; i++) settle(deny('TOOL_FAILED'));
  assert.deepEqual(breaker.decide(exchangeOf('tools/list')), { pass: true });
  breaker.settled(exchangeOf('tools/list'), deny('TOOL_FAILED'));
});

test('switched off, there is none', () => {
  assert.equal(configure(testSettings({ weakened: new Set(['circuit-breaker']) })), undefined);
});
