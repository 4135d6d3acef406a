import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { liveReport, outcomeOf } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer, type Told } from '../../../../test/support/two-user-server.ts';

const RULE = 'foreign-subscription';
const URI = 'diary://alice/42';
const NONE: Told = { code: -32_602, message: 'Resource not found' };

/** A diary that alice may watch, and others where they may. */
function diary(isOpen: boolean, subscribe = 'resources/subscribe'): Answerer {
  return (method, params, who) => {
    if (method === 'resources/list') return { resources: [{ uri: URI, name: 'diary' }].filter(() => who === 'alice') };
    if (method !== subscribe && method !== 'resources/unsubscribe') return undefined;
    return params['uri'] === URI && (isOpen || who === 'alice') ? {} : NONE;
  };
}

/** The same on a stream that is left open. */
function stream(isOpen: boolean): Answerer {
  return (method, params, who, request) => {
    if (method !== 'subscriptions/listen') return diary(isOpen)(method, params, who, request);
    const agreed = isOpen || who === 'alice' ? [URI] : [];
    const told = { notifications: { resourceSubscriptions: agreed } };
    return { streams: { jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: told } };
  };
}

async function judged(
  t: TestContext,
  answer: Answerer,
  tokens = TWO_USERS,
  { subscribe = true, isLegacy = true } = {},
) {
  const url = await startTwoUserServer(t, { resources: { subscribe } }, answer, { isLegacy });
  return outcomeOf(await liveReport(url, { tokens }, [RULE]), RULE);
}

test('foreign-subscription tells who may watch what is not theirs', async (t) => {
  for (const [make, isLegacy] of [
    [diary, true],
    [stream, false],
  ] as const) {
    const right = await judged(t, make(false), TWO_USERS, { isLegacy });
    assert.equal(right?.status, 'pass', right?.why);
    const wrong = await judged(t, make(true), TWO_USERS, { isLegacy });
    assert.equal(wrong?.status, 'fail', wrong?.why);
    assert.deepEqual(
      wrong.findings.map(({ severity }) => severity),
      ['medium'],
    );
  }
});

test('foreign-subscription says nothing without a second user, where nothing is watched, and where its owner may not', async (t) => {
  const alone = await judged(t, diary(true), { user: TWO_USERS.user ?? '' });
  assert.match(alone?.why ?? '', /--second-token-file/);
  assert.equal((await judged(t, diary(true), TWO_USERS, { subscribe: false }))?.status, 'not-applicable');
  const never = await judged(t, diary(true, 'resources/watch'));
  assert.equal(never?.status, 'unknown');
});
