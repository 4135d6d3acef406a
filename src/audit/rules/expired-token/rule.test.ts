import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { parseToken } from '../../live/jwt.ts';
import { sharedIssuer } from '../../../prove/target.ts';
import { liveReport, outcomeOf, startLiveFixture } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer } from '../../../../test/support/two-user-server.ts';

const RULE = 'expired-token';
const nowS = (): number => Math.floor(Date.now() / 1_000);

const CLAIMS = { iss: 'https://issuer.example', sub: 'alice', aud: 'https://server.example/mcp' };

/** A token of the form of one that is signed. */
function token(claims: object): string {
  const parts = [{ alg: 'ES256' }, { ...CLAIMS, ...claims }, 'signature'];
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

/** A server that takes tokens of its issuer. */
async function judged(t: TestContext, isStrict: boolean, claims: object) {
  const answer: Answerer = (method, _params, _who, { headers }) => {
    const { exp } = parseToken((headers.authorization ?? '').replace('Bearer ', ''))?.claims ?? {};
    if (typeof exp !== 'number' || (isStrict && exp < nowS())) return { code: -32_001, message: 'No.', status: 401 };
    return method === 'tools/list' ? { tools: [] } : undefined;
  };
  const url = await startTwoUserServer(t, { tools: {} }, answer, { isOpen: true });
  const tokens = { user: token({ exp: nowS() + 400 }), expired: token({ exp: nowS() - 400, ...claims }) };
  return outcomeOf(await liveReport(url, { tokens }, [RULE]), RULE);
}

test('expired-token passes a server that looks at the end of a token', async (t) => {
  const outcome = await judged(t, true, {});
  assert.equal(outcome?.status, 'pass', outcome?.why);
  const server = await startLiveFixture(t, 'token-validation', 'good');
  const own = parseToken(server.tokens.user ?? '')?.claims;
  const past = nowS() - 400;
  const expired = await (await sharedIssuer()).mint({ ...own, iat: past - 600, nbf: past - 600, exp: past });
  const ours = outcomeOf(await liveReport(server.url, { tokens: { ...server.tokens, expired } }, [RULE]), RULE);
  assert.equal(ours?.status, 'pass', ours?.why);
});

test('expired-token fails a server that does not', async (t) => {
  const outcome = await judged(t, false, {});
  assert.equal(outcome?.status, 'fail', outcome?.why);
  assert.deepEqual(
    outcome.findings.map(({ message, severity }) => [message, severity]),
    [['a token that has ended is served', 'high']],
  );
});

test('expired-token says nothing of a token that is refused, or served, for another reason', async (t) => {
  for (const [claims, why] of [
    [{ exp: nowS() + 60 }, /has not/],
    [{ exp: nowS() - 60 }, /five minutes/],
    [{ iss: 'https://other.example' }, /another issuer/],
    [{ aud: 'https://sibling.example/mcp' }, /another server/],
  ] as const) {
    const outcome = await judged(t, false, claims);
    assert.equal(outcome?.status, 'unknown', JSON.stringify(claims));
    assert.match(outcome.why, why);
  }
});

test('expired-token tells an opaque token that is served, and not why one is refused', async (t) => {
  const answer: Answerer = (method) => (method === 'tools/list' ? { tools: [] } : undefined);
  const url = await startTwoUserServer(t, { tools: {} }, answer);
  const statusOf = async (tokens: object) =>
    outcomeOf(await liveReport(url, { tokens: { user: TWO_USERS.user ?? '', ...tokens } }, [RULE]), RULE);
  assert.equal((await statusOf({ expired: TWO_USERS.second }))?.status, 'fail');
  assert.match((await statusOf({ expired: 'an-opaque-token' }))?.why ?? '', /no JWT/);
  assert.match((await statusOf({}))?.why ?? '', /--expired-token-file/);
});
