import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { liveReport, outcomeOf, startLiveFixture } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer, type Who } from '../../../../test/support/two-user-server.ts';

const RULE = 'request-state-checks';
const CALLS = ['a', 'b'].map((text) => ({ name: 'confirm', arguments: { text } }));
const TOOL = { name: 'confirm', inputSchema: { type: 'object', properties: { text: { type: 'string' } } } };

/** How a server makes its state, and what it takes for one. */
interface Sealing {
  readonly seal: (text: string, who: Who) => string;
  readonly open: (state: string, text: string, who: Who) => boolean;
}

const mac = (value: string): string => createHmac('sha256', 'key').update(value).digest('base64url');
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const payloadOf = (state: string): string => state.split('.')[0] ?? '';
const claimsOf = (state: string): { readonly who?: string; readonly text?: string } => {
  try {
    return Object(JSON.parse(Buffer.from(payloadOf(state), 'base64url').toString('utf8'))) as object;
  } catch {
    return {};
  }
};
const isSealed = (state: string): boolean => state === `${payloadOf(state)}.${mac(payloadOf(state))}`;
const sealed = (claims: object): string => `${encode(claims)}.${mac(encode(claims))}`;

const RIGHT: Sealing = {
  seal: (text, who) => sealed({ text, who, round: 1 }),
  open: (state, text, who) => isSealed(state) && claimsOf(state).who === who && claimsOf(state).text === text,
};

const actions: unknown[] = [];

/** Asks before it confirms a text. */
function confirming({ seal, open }: Sealing): Answerer {
  return (method, params, who) => {
    if (method === 'tools/list') return { tools: [TOOL] };
    if (method !== 'tools/call') return undefined;
    const { text } = Object(params['arguments']) as { readonly text?: unknown };
    const { requestState, inputResponses } = params;
    if (requestState === undefined)
      return {
        resultType: 'input_required',
        requestState: seal(String(text), who),
        inputRequests: { sure: { method: 'elicitation/create', params: { mode: 'form', message: 'Sure?' } } },
      };
    if (!open(typeof requestState === 'string' ? requestState : '', String(text), who))
      return { code: -32_602, message: 'Invalid request state' };
    actions.push(inputResponses);
    return { resultType: 'complete', content: [{ type: 'text', text: 'Nothing was done.' }] };
  };
}

async function judged(t: TestContext, answer: Answerer, tokens = TWO_USERS, calls: readonly object[] = CALLS) {
  const url = await startTwoUserServer(t, { tools: {} }, answer);
  return outcomeOf(await liveReport(url, { tokens, calls: calls as typeof CALLS }, [RULE]), RULE);
}

test('request-state-checks passes a state that is sealed for its user and request, and declines all', async (t) => {
  actions.length = 0;
  const outcome = await judged(t, confirming(RIGHT));
  assert.equal(outcome?.status, 'pass', outcome?.why);
  assert.ok(actions.length > 0);
  for (const action of actions) assert.deepEqual(action, { sure: { action: 'decline' } });
});

test('request-state-checks passes a server that asks again where a state is not right', async (t) => {
  const strict = confirming(RIGHT);
  const outcome = await judged(t, (method, params, who, request) => {
    const told = strict(method, params, who, request);
    const { requestState: _, ...anew } = params;
    return told !== undefined && 'code' in told ? strict(method, anew, who, request) : told;
  });
  assert.equal(outcome?.status, 'pass', outcome?.why);
});

const CHANGED = 'a state that was changed is taken';
const ELSEWHERE = 'the state of one request is taken for another';
const FOREIGN = 'the state of one user is taken from another';

test('request-state-checks tells each way in which a state is not held', async (t) => {
  const flaws: readonly (readonly [messages: readonly string[], sealing: Sealing])[] = [
    [[CHANGED, ELSEWHERE, FOREIGN], { seal: (text, who) => encode({ text, who }), open: () => true }],
    [
      [CHANGED],
      {
        seal: (text, who) => encode({ note: 'a note of ours', text, who }),
        open: (state, text, who) => claimsOf(state).who === who && claimsOf(state).text === text,
      },
    ],
    [[ELSEWHERE], { ...RIGHT, open: (state, _, who) => isSealed(state) && claimsOf(state).who === who }],
    [[FOREIGN], { ...RIGHT, open: (state, text) => isSealed(state) && claimsOf(state).text === text }],
  ];
  for (const [messages, sealing] of flaws) {
    const outcome = await judged(t, confirming(sealing));
    assert.equal(outcome?.status, 'fail', `${messages.join()}: ${outcome?.why ?? ''}`);
    assert.deepEqual(outcome.findings.map(({ message }) => message).toSorted(), messages);
  }
});

test('request-state-checks says nothing where a state makes no difference, and where nothing asks', async (t) => {
  const careless = confirming({ seal: () => 'a-state', open: () => true });
  const first = await judged(t, (method, params, who, request) =>
    method === 'tools/call' && params['inputResponses'] !== undefined
      ? { content: [{ type: 'text', text: 'Nothing was done.' }] }
      : careless(method, params, who, request),
  );
  assert.equal(first?.status, 'unknown', JSON.stringify(first?.findings));
  assert.match(first.why, /without its state/);
  const silent = await judged(t, confirming(RIGHT), TWO_USERS, []);
  assert.equal(silent?.status, 'unknown');
  assert.match(silent.why, /--call/);
  const alone = await judged(t, confirming(RIGHT), { user: TWO_USERS.user ?? '' });
  assert.equal(alone?.status, 'unknown');
  assert.match(alone.why, /--second-token-file/);
});

test('request-state-checks tells the control of this product off from on', async (t) => {
  const calls = ['move', 'send'].map((name) => ({ name, arguments: { amount: 10 } }));
  const good = await startLiveFixture(t, 'request-state', 'good');
  const on = outcomeOf(await liveReport(good.url, { ...good, calls }, [RULE]), RULE);
  assert.equal(on?.status, 'pass', on?.why);
  const bad = await startLiveFixture(t, 'request-state', 'bad');
  const off = outcomeOf(await liveReport(bad.url, { ...bad, calls }, [RULE]), RULE);
  assert.equal(off?.status, 'fail', off?.why);
});
