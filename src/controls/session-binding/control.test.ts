import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFacts, principal, testSettings, type TestSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import type { Decision } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Session } from '../../pipeline/session.ts';
import type { AuditEvent, Recorder } from '../../record/event.ts';
import { configure, type Sessions } from './control.ts';

const alice = principal();
const bob = principal({ id: 'bob-id', subject: 'bob' });
const AGREED = { version: '2025-11-25', clientCapabilities: { roots: {} } };

function request(who: Principal | undefined, id?: string, method = 'tools/list'): Exchange {
  const headers = id === undefined ? {} : { 'mcp-session-id': id };
  const exchange = new Exchange('http', 'legacy', httpFacts({ headers }));
  exchange.principal = who;
  exchange.message = { kind: 'request', id: 1, method, params: {} };
  return exchange;
}

function start(options: TestSettings = {}): {
  readonly sessions: Sessions;
  readonly clock: { now: number };
  readonly open: (who?: Principal) => Session;
} {
  const clock = { now: 1_000_000 };
  const sessions = configure(testSettings(options), () => clock.now);
  const open = (who: Principal = alice): Session => {
    const session = sessions.open(request(who, undefined, 'initialize'), AGREED, () => undefined);
    assert.ok(!('pass' in session));
    return session;
  };
  return { sessions, clock, open };
}

async function refusal(decision: Decision | Promise<Decision>): Promise<string> {
  const settled = await decision;
  return settled.pass ? 'pass' : settled.code;
}

test('the owner enters the session and gets what was agreed on', async () => {
  const { sessions, open } = start();
  const { id } = open();
  const exchange = request(alice, id);
  assert.equal(await refusal(sessions.decide(exchange)), 'pass');
  assert.equal(exchange.version, '2025-11-25');
  assert.deepEqual(exchange.clientCapabilities, { roots: {} });
  sessions.close();
});

test('another principal, another client and another tenant find nothing', async () => {
  const { sessions, open } = start();
  const { id } = open();
  for (const who of [bob, principal({ client: 'client-2' }), principal({ id: 'alice-of-south', tenant: 'south' })]) {
    const exchange = request(who, id);
    assert.equal(await refusal(sessions.decide(exchange)), 'SESSION_UNKNOWN');
    assert.equal(exchange.session, undefined);
    assert.equal(exchange.principal?.id, who.id);
  }
  sessions.close();
});

test('ids that are malformed, unknown or ended find nothing', async () => {
  const { sessions, open } = start();
  const session = open();
  sessions.end(session, 'deleted');
  for (const id of [session.id, '', 'stdio', '__proto__', 'constructor', 'A'.repeat(43), `${session.id} `])
    assert.equal(await refusal(sessions.decide(request(alice, id))), 'SESSION_UNKNOWN', id);
  sessions.close();
});

test('a request has a principal and a session, and initialize has none yet', async () => {
  const { sessions, open } = start();
  const { id } = open();
  assert.equal(await refusal(sessions.decide(request(undefined, id))), 'TOKEN_MISSING');
  assert.equal(await refusal(sessions.decide(request(alice))), 'SESSION_REQUIRED');
  assert.equal(await refusal(sessions.decide(request(alice, undefined, 'initialize'))), 'pass');
  assert.equal(await refusal(sessions.decide(request(alice, id, 'initialize'))), 'MESSAGE_INVALID');
  sessions.close();
});

test('a session ends when idle, and by age even when it is used', async () => {
  const { sessions, clock, open } = start({ limits: { sessionIdleMs: 1000, sessionMs: 3000 } });
  const { id } = open();
  for (const [at, expected] of [
    [999, 'pass'],
    [1998, 'pass'],
    [2997, 'pass'],
    [3000, 'SESSION_UNKNOWN'],
  ] as const) {
    clock.now = 1_000_000 + at;
    assert.equal(await refusal(sessions.decide(request(alice, id))), expected, String(at));
  }
  const idle = open();
  clock.now += 1000;
  assert.equal(await refusal(sessions.decide(request(alice, idle.id))), 'SESSION_UNKNOWN');
  sessions.close();
});

test('an open stream keeps a session from going idle, and no longer', async () => {
  const { sessions, clock, open } = start({ limits: { sessionIdleMs: 1000, sessionMs: 9000 } });
  const session = open();
  const letGo = sessions.hold(session);
  clock.now += 5000;
  assert.equal(await refusal(sessions.decide(request(alice, session.id))), 'pass');
  letGo();
  clock.now += 1000;
  assert.equal(await refusal(sessions.decide(request(alice, session.id))), 'SESSION_UNKNOWN');
  sessions.close();
});

test('the number of sessions of one principal is bounded, and room comes back', () => {
  const { sessions, open } = start({ limits: { sessionsPerPrincipal: 2 } });
  const first = open();
  open();
  assert.deepEqual(
    sessions.open(request(alice), AGREED, () => undefined),
    {
      pass: false,
      code: 'SESSION_LIMIT',
      retryAfter: 60,
    },
  );
  open(bob);
  sessions.end(first, 'deleted');
  open();
  sessions.close();
});

test('the sessions of a revoked principal end, once, and no others', async () => {
  const { sessions, open } = start();
  const ended: string[] = [];
  const own = sessions.open(request(alice), AGREED, ({ id }) => ended.push(id));
  assert.ok(!('pass' in own));
  const other = open(bob);
  sessions.endFor(({ id }) => id === 'alice-id');
  sessions.end(own, 'deleted');
  assert.deepEqual(ended, [own.id]);
  assert.equal(await refusal(sessions.decide(request(alice, own.id))), 'SESSION_UNKNOWN');
  assert.equal(await refusal(sessions.decide(request(bob, other.id))), 'pass');
  sessions.close();
});

test('ids have 256 random bits and stand in the log as a digest', () => {
  const events: AuditEvent[] = [];
  const recorder: Recorder = {
    append: () => Promise.resolve({ index: 0 }),
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
  const { sessions, open } = start({ recorder, limits: { sessionsPerPrincipal: 100 } });
  const ids = Array.from({ length: 100 }, () => open().id);
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{43}$/);
  sessions.close();
  assert.equal(events.length, 200);
  assert.deepEqual([events[0]?.after, events[199]?.after], ['open', 'closed']);
  for (const event of events) {
    assert.match(event.target ?? '', /^digest of /);
    assert.equal(event.principal, 'alice-id');
  }
});

test('with the control off, whoever presents an id is its owner', async () => {
  const { sessions, open } = start({ weakened: new Set(['session-binding']) });
  const { id } = open();
  const exchange = request(bob, id);
  assert.equal(await refusal(sessions.decide(exchange)), 'pass');
  assert.equal(exchange.principal?.id, 'alice-id');
  sessions.close();
});
