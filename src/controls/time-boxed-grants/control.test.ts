import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrantBook, type Grant } from '../../approvals/grants.ts';
import { grantEvent, leaveNote } from '../../approvals/grant-record.ts';
import type { AuditEvent } from '../../record/event.ts';
import { principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const NOW = 1_000_000;
const GOOD: Grant = {
  id: 'g'.repeat(22),
  state: 'active',
  party: { id: 'alice-id', issuer: 'https://issuer.example', subject: 'alice' },
  scopes: ['doors:open'],
  forMs: 60_000,
  reason: 'stuck',
  ticket: 'OPS-1',
  requestedBy: 'op',
  created: NOW,
  expires: NOW + 60_000,
  until: NOW + 60_000,
  decided: { id: 'carol-id', subject: 'carol', at: NOW, reason: '' },
};

async function elevated(grants: readonly Grant[], needed: readonly string[], weakened: readonly string[] = []) {
  const events: AuditEvent[] = [];
  const recorder = {
    append: (event: AuditEvent) => Promise.resolve({ index: events.push(event) - 1 }),
    note: () => undefined,
    healthy: true,
    close: () => Promise.resolve(),
  };
  const settings = testSettings({ recorder, weakened: new Set(weakened) });
  const book = createGrantBook(settings.store, settings.sealer);
  for (const grant of grants) await book.put(grant);
  return { found: await configure(settings)(principal(), needed), events, settings };
}

test('a good grant adds its scopes until its end, and its use is recorded', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW });
  const { found, events } = await elevated([GOOD], ['text:read', 'doors:open']);
  assert.deepEqual([...(found?.scopes ?? [])], ['text:read', 'doors:open']);
  assert.equal(found?.expiresAt, NOW + 60_000);
  assert.deepEqual(
    events.map(({ kind, after, scopes }) => [kind, after, scopes]),
    [['grant', 'used', ['doors:open']]],
  );
  t.mock.timers.tick(60_000);
  assert.equal((await elevated([GOOD], ['doors:open'])).found, undefined);
});

test('any other grant is as if it were not there', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW });
  const { until: _, ...endless } = GOOD;
  const { decided: __, ...undecided } = GOOD;
  const others: readonly Grant[] = [
    endless,
    undecided,
    { ...GOOD, until: NOW },
    { ...GOOD, state: 'pending' },
    { ...GOOD, state: 'denied' },
    { ...GOOD, state: 'revoked' },
    { ...GOOD, reason: '' },
    { ...GOOD, ticket: '' },
    { ...GOOD, decided: { id: 'alice-id', subject: 'carol', at: NOW, reason: '' } },
    { ...GOOD, party: { ...GOOD.party, id: 'bob-id' } },
    { ...GOOD, scopes: ['doors:close'] },
    { ...GOOD, scopes: ['doors:*'] },
  ];
  for (const grant of others)
    assert.equal((await elevated([grant], ['doors:open'])).found, undefined, JSON.stringify(grant));
  const some = await elevated([GOOD], ['doors:open', 'doors:close']);
  assert.deepEqual([some.found, some.events], [undefined, []]);
});

test('a use that cannot be recorded does not count', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW });
  const append = () => Promise.reject(new Error('no disk'));
  const settings = testSettings({
    recorder: { append, note: () => undefined, healthy: false, close: () => Promise.resolve() },
  });
  await createGrantBook(settings.store, settings.sealer).put(GOOD);
  assert.equal(await configure(settings)(principal(), ['doors:open']), undefined);
});

test('nobody approves a grant to themselves, and one is approved once', async () => {
  const { store, sealer } = testSettings();
  const book = createGrantBook(store, sealer);
  const { party, scopes, forMs, reason, ticket, requestedBy } = GOOD;
  const { id } = await book.request({ party, scopes, forMs, reason, ticket, requestedBy });
  const held = await book.find(id);
  assert.ok(held !== undefined);
  const by = (who: string) => ({ id: who, subject: who, at: Date.now(), reason: '' });
  assert.equal(await book.decide(held, 'active', by('alice-id')), false);
  assert.equal(await book.decide(held, 'active', by('carol-id')), true);
  assert.equal(await book.decide(held, 'denied', by('carol-id')), false);
  assert.equal((await book.revoke(id))?.id, id);
  assert.equal(await book.revoke(id), undefined);
});

test('what the command line left for the log is written before a grant is used', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW });
  const { settings, events } = await elevated([GOOD], []);
  await leaveNote(settings.store, settings.sealer, grantEvent(GOOD, 'requested', 'by op'));
  // One that nobody sealed is dropped.
  await settings.store.put('grant-note:forged', JSON.stringify(grantEvent(GOOD, 'approved', 'by nobody')), 60_000);
  events.length = 0;
  await configure(settings)(principal(), ['doors:open']);
  assert.deepEqual(
    events.map(({ after }) => after),
    ['requested', 'used'],
  );
});
