import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { liveReport, outcomeOf } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer, type Told } from '../../../../test/support/two-user-server.ts';

const RULE = 'existence-oracle';
const MISSING = { code: -32_602, message: 'Resource not found' };

/** A diary of alice's, and how it is refused to others. */
function diary(refuse: (uri: string) => Told, toMissing: (uri: string) => Told = () => MISSING): Answerer {
  return (method, params, who) => {
    if (method === 'resources/list')
      return { resources: [{ uri: 'diary://alice/42', name: 'diary' }].filter(() => who === 'alice') };
    if (method !== 'resources/read') return undefined;
    const uri = String(params['uri']);
    if (uri !== 'diary://alice/42') return toMissing(uri);
    return who === 'alice' ? { contents: [{ uri, text: 'Dear diary.' }] } : refuse(uri);
  };
}

async function judged(t: TestContext, answer: Answerer) {
  const url = await startTwoUserServer(t, { resources: {} }, answer);
  return outcomeOf(await liveReport(url, { tokens: TWO_USERS }, [RULE]), RULE);
}

test('existence-oracle passes one answer for both, though it names the resource', async (t) => {
  const alike = (uri: string): Told => ({ code: -32_602, message: `No resource ${uri}, request ${performance.now()}` });
  const outcome = await judged(t, diary(alike, alike));
  assert.equal(outcome?.status, 'pass', outcome?.why);
});

test('existence-oracle tells a refusal that says more', async (t) => {
  for (const refusal of [
    { code: -32_602, message: 'This is not yours' },
    { code: -32_003, message: 'Resource not found' },
    { code: -32_602, message: 'Resource not found', status: 403 },
  ]) {
    const outcome = await judged(
      t,
      diary(() => refusal),
    );
    assert.equal(outcome?.status, 'fail', JSON.stringify(refusal));
    assert.deepEqual(
      outcome.findings.map(({ severity }) => severity),
      ['low'],
    );
  }
});

test('existence-oracle says nothing of what is served, or where both see the same', async (t) => {
  const served = await judged(
    t,
    diary((uri) => ({ contents: [{ uri, text: 'Dear diary.' }] })),
  );
  assert.equal(served?.status, 'unknown');
  const url = await startTwoUserServer(t, { resources: {} }, (method) =>
    method === 'resources/list' ? { resources: [{ uri: 'diary://all', name: 'all' }] } : undefined,
  );
  const same = outcomeOf(await liveReport(url, { tokens: TWO_USERS }, [RULE]), RULE);
  assert.equal(same?.status, 'unknown', same?.why);
});
