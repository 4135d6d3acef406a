import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Reply } from '../../src/audit/rule.ts';
import { isObject } from '../../src/protocol/json.ts';
import { answered, callTool, stateOf } from '../support/approval-world.ts';
import { errandIn, linkIn, startLoginWorld } from '../support/login-world.ts';

const ACCEPTED = { 'portcullis/errand': { action: 'accept' } };

function whoIn(reply: Reply): unknown {
  const result = resultOf(reply)?.['structuredContent'];
  return isObject(result) ? result['who'] : undefined;
}

test('the first call sends a person to the login at the upstream, and goes on when they have signed in', async (t) => {
  const world = await startLoginWorld(t);
  const alice = await world.connect('alice');
  const first = await callTool(alice, 'read', { thing: 'one' });
  const url = errandIn(first);
  assert.match(url, /\/approvals\?upstream=[\w-]{22}$/);
  const { browser, shown } = await world.visit('alice', url);
  assert.equal(shown.status, 200);
  const link = new URL(linkIn(shown));
  assert.equal(link.origin, world.upstreamIssuer);
  const asked = Object.fromEntries(link.searchParams);
  assert.equal(asked['resource'], world.upstream);
  assert.equal(asked['code_challenge_method'], 'S256');
  assert.equal(asked['client_id'], `${world.origin}/gateway/things/client.json`);
  const done = await world.login(browser, shown, 'alice');
  assert.equal(done.status, 200, done.body);
  const second = await callTool(alice, 'read', { thing: 'one' }, answered(stateOf(first), ACCEPTED));
  assert.equal(whoIn(second), 'alice', second.text);
  // A later call asks nothing.
  assert.equal(whoIn(await callTool(alice, 'read', { thing: 'two' })), 'alice');
});

test('a client that shows no addresses is told where, and calls again', async (t) => {
  const world = await startLoginWorld(t, { credential: { kind: 'login', clientId: 'known' } });
  const alice = await world.connect('alice', { url: false });
  const first = await callTool(alice, 'read', { thing: 'one' });
  assert.match(textOf(first), /LOGIN_REQUIRED/);
  const { browser, shown } = await world.visit('alice', errandIn(first));
  await world.login(browser, shown, 'alice');
  assert.equal(whoIn(await callTool(alice, 'read', { thing: 'one' })), 'alice');
});
