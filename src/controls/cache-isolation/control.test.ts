import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { principal, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { PASS } from '../../pipeline/decision.ts';
import { resource, type Resource } from '../../server/resource.ts';
import { boundTtl, configure, contextKey, type CacheHints } from './control.ts';

const plain = {
  name: 'about',
  uri: 'x://about',
  scope: 'text:read',
  shared: true,
  read: () => ({ text: 'x' }),
} as const;

function hints(
  made: Resource,
  ttlMs: number,
  more: Parameters<typeof testSettings>[0] = {},
  round = false,
): CacheHints {
  const settings = testSettings({ ...more, server: { resources: [made] } });
  const target = settings.catalog.resources.get('x://about');
  assert.ok(target);
  const exchange = new Exchange('http', 'modern');
  if (round) exchange.rounds = { round: 1, answers: new Map(), asked: new Map() };
  return configure(settings)(exchange, target, ttlMs);
}

suite('what a client is told', () => {
  test('public is what is declared so, private to nobody, and decided on by no policy', () => {
    assert.deepEqual(hints(resource(plain), 1_000), { ttlMs: 1_000, cacheScope: 'public' });
    assert.equal(hints(resource({ ...plain, shared: false }), 1).cacheScope, 'private');
    assert.equal(hints(resource({ ...plain, flow: { gives: ['private'] } }), 1).cacheScope, 'private');
    assert.equal(hints(resource(plain), 1, { policy: () => ({ pass: true }) }).cacheScope, 'private');
    const rules = { decide: () => ({ decision: PASS, demands: [] }), version: () => '1' };
    assert.equal(hints(resource(plain), 1, { rules }).cacheScope, 'private');
  });

  test('what came of a round of questions is not kept', () => {
    assert.equal(hints(resource(plain), 1_000, {}, true).ttlMs, 0);
  });

  test('a time to live is a whole number that is never negative', () => {
    for (const [said, ms] of [
      [1_500.7, 1_500],
      [-1, 0],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 86_400_000],
      ['60000', 0],
      [undefined, 0],
    ])
      assert.equal(boundTtl(said), ms, String(said));
    assert.equal(boundTtl(60_000, 5_000), 5_000);
    assert.equal(hints(resource(plain), -5).ttlMs, 0);
  });

  test('with the control off, it is what was said', () => {
    const weakened = new Set(['cache-isolation']);
    const said = hints(resource({ ...plain, flow: { gives: ['private'] } }), -5, { weakened });
    assert.deepEqual(said, { ttlMs: -5, cacheScope: 'public' });
  });
});

test('who asks is told apart by principal, tenant, client, credential and scopes', () => {
  const key = contextKey(principal());
  const others = [
    { id: 'bob-id' },
    { tenant: 'north' },
    { client: 'client-2' },
    { credential: 'credential-2' },
    { scopes: new Set(['text:read', 'text:write']) },
  ];
  const keys = new Set([key, ...others.map((each) => contextKey(principal(each)))]);
  assert.equal(keys.size, 6);
  const [one, two] = [
    ['a', 'b'],
    ['b', 'a'],
  ].map((scopes) => contextKey(principal({ scopes: new Set(scopes) })));
  assert.equal(one, two);
});
