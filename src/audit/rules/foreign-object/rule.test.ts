import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { liveReport, outcomeOf, startLiveFixture } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer, type Who } from '../../../../test/support/two-user-server.ts';

const RULE = 'foreign-object';
const OWN = [{ name: 'read_note', arguments: { id: 17 } }];
const NOTES: ReadonlyMap<string, readonly [owner: Who, text: string]> = new Map([
  ['17', ['alice', 'Call the dentist.']],
  ['25', ['bob', 'Buy a kettle.']],
]);
const TOOL = { name: 'read_note', inputSchema: { type: 'object', properties: { id: { type: 'integer' } } } };

/** Notes of two users, as resources and by a tool. */
function notes(
  isAllowed: (owner: Who, who: Who) => boolean,
  toMissing: (id: string) => object = () => ({ isError: true, content: [{ type: 'text', text: 'No such note.' }] }),
): Answerer {
  return (method, params, who) => {
    const find = (id: string): string | undefined => {
      const [owner, text] = NOTES.get(id) ?? [];
      return text !== undefined && isAllowed(owner, who) ? text : undefined;
    };
    if (method === 'tools/list') return { tools: [TOOL] };
    if (method === 'resources/list') {
      const own = [...NOTES].filter(([, [owner]]) => owner === who);
      return {
        resources: [
          { uri: 'notes://all', name: 'all' },
          ...own.map(([id]) => ({ uri: `notes://note/${id}`, name: id })),
        ],
      };
    }
    if (method === 'resources/read') {
      const uri = String(params['uri']);
      const text = find(uri.replace('notes://note/', ''));
      if (text === undefined) return { code: -32_602, message: 'Resource not found' };
      return { contents: [{ uri, text }] };
    }
    if (method !== 'tools/call') return undefined;
    const { id } = Object(params['arguments']) as { readonly id?: unknown };
    const text = find(String(id));
    // A note that changes with each answer, beside what stays.
    const seen = JSON.stringify({ note: text, at: performance.now() });
    return text === undefined ? { ...toMissing(String(id)) } : { content: [{ type: 'text', text: seen }] };
  };
}

const CAPABILITIES = { tools: {}, resources: {} };
const owned: Answerer = notes((owner, who) => owner === who);

async function judged(t: TestContext, answer: Answerer, options: object = { ownCalls: OWN }) {
  const url = await startTwoUserServer(t, CAPABILITIES, answer);
  return outcomeOf(await liveReport(url, { tokens: TWO_USERS, ...options }, [RULE]), RULE);
}

test('foreign-object passes where notes are found for their owner alone', async (t) => {
  const outcome = await judged(t, owned);
  assert.equal(outcome?.status, 'pass', outcome?.why);
  assert.match(outcome.why, /2 tried/);
});

test('foreign-object fails where notes are found by their id', async (t) => {
  const outcome = await judged(
    t,
    notes(() => true),
  );
  assert.equal(outcome?.status, 'fail', outcome?.why);
  assert.deepEqual(
    outcome.findings.map(({ message, severity, confidence }) => [message, severity, confidence]),
    [
      ["an object that was named as the user's alone is given to the other user", 'high', 'high'],
      ['a resource that only the list of the user has is given to the other user', 'high', 'medium'],
    ],
  );
});

test('a text that says there is none is no note of another', async (t) => {
  const missing = (id: string): object => ({ content: [{ type: 'text', text: `There is no note ${id}.` }] });
  const outcome = await judged(
    t,
    notes((owner, who) => owner === who, missing),
  );
  assert.equal(outcome?.status, 'pass', outcome?.why);
});

test('an answer that any id is given says nothing', async (t) => {
  const same: Answerer = (method, params, who, request) =>
    method === 'tools/call' ? { content: [{ type: 'text', text: 'Fine.' }] } : owned(method, params, who, request);
  const outcome = await judged(t, same);
  assert.equal(outcome?.status, 'unknown');
  assert.match(outcome.why, /made up/);
});

test('without another user, or with nothing of the one alone, it is unknown, with what to give', async (t) => {
  const alone = await judged(t, owned, { tokens: { user: TWO_USERS.user } });
  assert.equal(alone?.status, 'unknown');
  assert.match(alone.why, /--second-token-file/);
  const twice = await judged(t, owned, { tokens: { user: TWO_USERS.user, second: TWO_USERS.user } });
  assert.match(twice?.why ?? '', /same user/);
  const nothing: Answerer = (method, params, who, request) =>
    method === 'resources/list' ? { resources: [] } : owned(method, params, who, request);
  const outcome = await judged(t, nothing, {});
  assert.equal(outcome?.status, 'unknown');
  assert.match(outcome.why, /--own-call/);
  const refused = await judged(t, (method, params, who, request) =>
    who === 'bob' ? { code: -32_600, message: 'No.', status: 403 } : owned(method, params, who, request),
  );
  assert.equal(refused?.status, 'unknown');
  assert.match(refused.why, /the other user is not served/);
});

test('a list that goes on and on is not compared', async (t) => {
  const open = notes(() => true);
  let page = 0;
  const endless = await judged(
    t,
    (method, params, who, request) =>
      method === 'resources/list'
        ? { ...open(method, params, who, request), nextCursor: `page-${(page += 1)}` }
        : open(method, params, who, request),
    {},
  );
  assert.equal(endless?.status, 'unknown', JSON.stringify(endless?.findings));
});

test('foreign-object tells the control of this product off from on', async (t) => {
  const ownCalls = [{ name: 'read_note', arguments: { note_id: 'note-of-alice' } }];
  const good = await startLiveFixture(t, 'object-authorization', 'good');
  const on = outcomeOf(await liveReport(good.url, { ...good, ownCalls }, [RULE]), RULE);
  assert.equal(on?.status, 'pass', on?.why);
  const bad = await startLiveFixture(t, 'object-authorization', 'bad');
  const off = outcomeOf(await liveReport(bad.url, { ...bad, ownCalls }, [RULE]), RULE);
  assert.equal(off?.status, 'fail', off?.why);
});
