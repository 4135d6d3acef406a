import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { liveReport, outcomeOf } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer, type Who } from '../../../../test/support/two-user-server.ts';

const RULE = 'cache-scope';
const TOOLS = ['add', 'remove', 'purge'].map((name) => ({ name, inputSchema: { type: 'object' } }));
const HINTS = { ttlMs: 60_000, cacheScope: 'public' };

/** Lists tools with what is said of the list. */
function listing(hints: object, toolsOf: (who: Who) => readonly object[] = () => TOOLS): Answerer {
  return (method, _params, who) => (method === 'tools/list' ? { tools: toolsOf(who), ...hints } : undefined);
}
const filtered = (who: Who): readonly object[] => TOOLS.slice(who === 'alice' ? 0 : 1);

async function judged(t: TestContext, answer: Answerer, { tokens = TWO_USERS, isOpen = false } = {}) {
  const url = await startTwoUserServer(t, { tools: {}, resources: {} }, answer, { isOpen });
  return outcomeOf(await liveReport(url, { tokens }, [RULE]), RULE);
}

test('cache-scope passes a public list that is the same for all, in whichever order', async (t) => {
  const outcome = await judged(
    t,
    listing(HINTS, (who) => (who === 'bob' ? TOOLS.toReversed() : TOOLS)),
  );
  assert.equal(outcome?.status, 'pass', outcome?.why);
  assert.match(outcome.why, /1 of 2/);
});

test('cache-scope passes a list that is filtered and private, with one user as with two', async (t) => {
  const answer = listing({ ...HINTS, cacheScope: 'private' }, filtered);
  assert.equal((await judged(t, answer))?.status, 'pass');
  assert.equal((await judged(t, answer, { tokens: { user: TWO_USERS.user ?? '' } }))?.status, 'pass');
});

test('cache-scope fails a list that is filtered and public, by how long it may be kept', async (t) => {
  for (const [hints, severity] of [
    [HINTS, 'medium'],
    [{ ...HINTS, ttlMs: 0 }, 'low'],
  ] as const) {
    const outcome = await judged(t, listing(hints, filtered));
    assert.equal(outcome?.status, 'fail', outcome?.why);
    assert.deepEqual(
      outcome.findings.map((finding) => [finding.severity, finding.message]),
      [[severity, 'an answer is said to be public, and is another one for another caller']],
    );
  }
});

test('cache-scope fails a public answer that is refused to the other user, or another one for nobody', async (t) => {
  const resources: Answerer = (method, params, who) => {
    if (method === 'resources/list')
      return { resources: [{ uri: 'a://b', name: 'b' }], ttlMs: 0, cacheScope: 'private' };
    if (method !== 'resources/read') return undefined;
    if (who !== 'alice') return { code: -32_602, message: 'Resource not found' };
    return { contents: [{ uri: params['uri'], text: 'Secret.' }], ...HINTS };
  };
  const refused = await judged(t, resources);
  assert.deepEqual(
    refused?.findings.map(({ message }) => message),
    ['an answer is said to be public, and refused to another caller'],
  );
  const tokens = { user: TWO_USERS.user ?? '' };
  const nobody = await judged(t, listing(HINTS, filtered), { tokens, isOpen: true });
  assert.equal(nobody?.status, 'fail', nobody?.why);
});

test('cache-scope tells pages of two scopes and a time below 0', async (t) => {
  const paged: Answerer = (method, { cursor }) =>
    method === 'tools/list' && cursor === undefined
      ? { tools: TOOLS, nextCursor: 'next', ttlMs: -1, cacheScope: 'private' }
      : method === 'tools/list'
        ? { tools: TOOLS, ...HINTS }
        : undefined;
  const outcome = await judged(t, paged);
  assert.deepEqual(
    outcome?.findings.map(({ message, severity }) => [message, severity]),
    [
      ['the pages of a list do not have one scope', 'low'],
      ['an answer may be kept for a time below 0', 'low'],
    ],
  );
});

test('cache-scope says nothing of what moves, of what has no scope, and without another user', async (t) => {
  let count = 0;
  const moving = await judged(
    t,
    listing(HINTS, () => [...TOOLS, { name: `t${(count += 1)}` }]),
  );
  assert.equal(moving?.status, 'unknown', JSON.stringify(moving?.findings));
  const bare: Answerer = (method, params, who, request) =>
    method === 'server/discover'
      ? { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } }
      : listing({}, filtered)(method, params, who, request);
  const silent = await judged(t, bare);
  assert.equal(silent?.status, 'unknown');
  assert.match(silent.why, /cacheScope/);
  const alone = await judged(t, listing(HINTS, filtered), { tokens: { user: TWO_USERS.user ?? '' } });
  assert.equal(alone?.status, 'unknown');
  assert.match(alone.why, /--second-token-file/);
  const tokens = { user: TWO_USERS.user ?? '', second: 'a-token-that-nobody-knows' };
  const stranger = await judged(t, listing(HINTS, filtered), { tokens });
  assert.equal(stranger?.status, 'unknown', stranger?.why);
});
