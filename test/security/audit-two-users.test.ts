import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf } from '../../src/audit/judge.ts';
import { isObject } from '../../src/protocol/json.ts';
import { obtain, PEOPLE, REDIRECT } from '../support/approval-world.ts';
import { startInterop } from '../support/interop.ts';
import { liveReport, outcomeOf } from '../support/live-audit.ts';

const CLIENT = 'agent-1';
const SCOPE = 'notes:read notes:write';
/** What is tried only where there are two users, or many requests may be sent. */
const TRIED = [
  'cache-scope',
  'existence-oracle',
  'foreign-object',
  'foreign-subscription',
  'request-state-checks',
  'steady-lists',
];

test('our own notes keep what is of one user from the other, and limit them', async (t) => {
  const server = await startInterop(
    t,
    {},
    { users: [PEOPLE.alice, PEOPLE.bob], clients: [{ clientId: CLIENT, redirectUris: [REDIRECT] }] },
  );
  const [user, second] = [
    await obtain(server.issuer, server.url, PEOPLE.alice, CLIENT, SCOPE),
    await obtain(server.issuer, server.url, PEOPLE.bob, CLIENT, SCOPE),
  ];
  const alice = await connectHttp({ url: new URL(server.url), era: 'modern', token: user, capabilities: {} });
  const note = { name: 'create_note', arguments: { title: 'Dentist', body: 'On Tuesday at nine.' } };
  const made = resultOf(await alice.request('tools/call', note))?.['structuredContent'];
  assert.ok(isObject(made) && typeof made['id'] === 'string');
  await alice.close();
  const report = await liveReport(server.url, {
    tokens: { user, second },
    calls: [{ name: 'greet', arguments: {} }],
    ownCalls: [
      { name: 'read_note', arguments: { id: made['id'] } },
      { name: 'search_notes', arguments: { phrase: 'Dentist' } },
    ],
  });
  assert.deepEqual(report.findings, []);
  for (const rule of TRIED)
    assert.equal(outcomeOf(report, rule)?.status, 'pass', `${rule}: ${outcomeOf(report, rule)?.why ?? ''}`);
  const burst = await liveReport(server.url, { tokens: { user, second }, isIntrusive: true }, ['request-burst']);
  assert.equal(outcomeOf(burst, 'request-burst')?.status, 'pass', outcomeOf(burst, 'request-burst')?.why);
});
