import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { resultOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import type { ReverseChannel } from '../../src/pipeline/catalog.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Fixture } from '../../src/prove/fixture.ts';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { eventually } from '../support/eventually.ts';
import { asking, startGateway, upstreamsOf } from '../support/gateway-target.ts';

// An upstream that asks its client in the middle of a call: what it may ask, whom, and that nothing is done twice for it.

const { missing } = await detectSandbox();
const options =
  missing === undefined ? { timeout: 120_000 } : { skip: `needs the Debian package bubblewrap: ${missing}` };
const ALL: readonly ReverseChannel[] = ['elicitation', 'sampling', 'roots'];
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const MODERN = { transport: 'http', era: 'modern' } as const;
const LEGACY = { transport: 'http', era: 'legacy' } as const;

const shared = mkdtempSync(join(tmpdir(), 'portcullis-questions-'));
// What runs in a sandbox may be another user.
chmodSync(shared, 0o777);
after(async () => {
  await closeSharedIssuer();
  rmSync(shared, { recursive: true, force: true });
});

async function open(
  t: TestContext,
  way: typeof MODERN | typeof LEGACY,
  asks: readonly ReverseChannel[] = ALL,
  deployment: Fixture['deployment'] = {},
) {
  const file = join(shared, randomUUID());
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  const marker = `asking-${randomUUID()}`;
  const { target, stop } = await startGateway({ up: asking({ folder: shared, file, marker, asks }) }, way, deployment);
  t.after(stop);
  const as = async (sub: string): Promise<Connection> => {
    const token = (await target.mint?.({ sub, scope: 'up:write' })) ?? null;
    return target.connect({ token, capabilities: CAPABILITIES });
  };
  return { as, marker, calls: () => readFileSync(file, 'utf8').split('\n').filter(Boolean) };
}

const call = (connection: Connection, tool: string, what: string, more: JsonObject = {}): Promise<Reply> =>
  connection.request('tools/call', { name: `up__${tool}`, arguments: { what }, ...more });

/** The questions of an incomplete result, and what goes with the answers to them. */
function round(reply: Reply): { readonly questions: Readonly<Record<string, JsonObject>>; readonly state: unknown } {
  const result = resultOf(reply);
  assert.equal(result?.['resultType'], 'input_required', reply.text);
  return { questions: result?.['inputRequests'] as Record<string, JsonObject>, state: result?.['requestState'] };
}

const accept = (word: string) => ({ action: 'accept', content: { word } });
const wordsOf = (reply: Reply): unknown => {
  const [block] = (resultOf(reply)?.['content'] ?? []) as readonly { readonly text: string }[];
  assert.ok(block !== undefined, reply.text);
  return JSON.parse(block.text);
};

test('a question is put to a modern client, and its answer goes back to the same call', options, async (t) => {
  const { as, calls } = await open(t, MODERN);
  const alice = await as('alice');
  const { questions, state } = round(await call(alice, 'once', 'form'));
  assert.deepEqual(questions, {
    answer: {
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: 'up: A word?',
        requestedSchema: {
          type: 'object',
          properties: { word: { type: 'string', maxLength: 100_000 } },
          required: ['word'],
        },
      },
    },
  });
  assert.deepEqual(calls(), ['begin form']);
  const more = { inputResponses: { answer: accept('blue') }, requestState: state };
  const reply = await call(alice, 'once', 'form', more);
  assert.deepEqual(wordsOf(reply), [{ result: accept('blue') }]);
  assert.deepEqual(calls(), ['begin form', 'end form']);
  // The state is good for one use, and what it led to has ended.
  assert.match((await call(alice, 'once', 'form', more)).text, /STATE_INVALID/);
  assert.deepEqual(calls(), ['begin form', 'end form']);
});

test('the answer to one question never passes for one to the next, which reads the same', options, async (t) => {
  const { as } = await open(t, MODERN);
  const alice = await as('alice');
  const first = round(await call(alice, 'twice', 'form'));
  const [name = ''] = Object.keys(first.questions);
  const again = { inputResponses: { [name]: accept('one') }, requestState: first.state };
  const second = round(await call(alice, 'twice', 'form', again));
  const [other = ''] = Object.keys(second.questions);
  assert.notEqual(other, name);
  const last = { inputResponses: { [other]: accept('two') }, requestState: second.state };
  assert.deepEqual(wordsOf(await call(alice, 'twice', 'form', last)), [
    { result: accept('one') },
    { result: accept('two') },
  ]);
});

test('what is asked in one breath is put in one round, and answered each by its own', options, async (t) => {
  const { as } = await open(t, MODERN);
  const alice = await as('alice');
  const asked: string[] = [];
  let reply = await call(alice, 'both', 'form');
  for (let turn = 0; turn < 2 && resultOf(reply)?.['resultType'] === 'input_required'; turn++) {
    const { questions, state } = round(reply);
    const answers = Object.keys(questions).map((name) => [name, accept(`to ${name}`)] as const);
    asked.push(...Object.keys(questions));
    reply = await call(alice, 'both', 'form', { inputResponses: Object.fromEntries(answers), requestState: state });
  }
  assert.equal(new Set(asked).size, 2);
  assert.deepEqual(
    wordsOf(reply),
    asked.map((name) => ({ result: accept(`to ${name}`) })),
  );
});

test('a legacy client is asked within the call', options, async (t) => {
  const { as } = await open(t, LEGACY);
  const alice = await as('alice');
  const asked: JsonObject[] = [];
  const answer = (question: JsonObject): JsonObject => {
    asked.push(question);
    return accept('green');
  };
  const params = { name: 'up__once', arguments: { what: 'form' } };
  assert.deepEqual(wordsOf(await alice.request('tools/call', params, { answer })), [{ result: accept('green') }]);
  assert.equal(asked.length, 1);
});

for (const [what, asks, why] of [
  ['form', [], 'nothing is open to it'],
  ['sample', ['elicitation'], 'another channel is'],
  ['roots', ['elicitation', 'sampling'], 'others are'],
  ['page', ALL, 'it would send the person to a page of its choice'],
] as const) {
  test(`what it asks is refused where ${why}: ${what}`, options, async (t) => {
    const { as } = await open(t, MODERN, asks);
    const reply = await call(await as('alice'), 'once', what);
    assert.deepEqual(wordsOf(reply), [{ error: { code: -32601, message: 'Not available.' } }]);
  });
}

test('a form that asks for a password ends the call', options, async (t) => {
  const { as } = await open(t, MODERN);
  const { text } = await call(await as('alice'), 'once', 'password');
  assert.doesNotMatch(text, /input_required/);
  assert.doesNotMatch(text, /Your password/);
});

test("a question is put to the principal of its call alone, and nobody goes on with another's", options, async (t) => {
  const { as, calls } = await open(t, MODERN);
  const [alice, mallory] = [await as('alice'), await as('mallory')];
  const hers = round(await call(alice, 'once', 'form'));
  const his = round(await call(mallory, 'once', 'form'));
  const stolen = { inputResponses: { answer: accept('stolen') }, requestState: hers.state };
  assert.match((await call(mallory, 'once', 'form', stolen)).text, /STATE_INVALID/);
  const own = { inputResponses: { answer: accept('his') }, requestState: his.state };
  assert.deepEqual(wordsOf(await call(mallory, 'once', 'form', own)), [{ result: accept('his') }]);
  const answered = { inputResponses: { answer: accept('hers') }, requestState: hers.state };
  assert.deepEqual(wordsOf(await call(alice, 'once', 'form', answered)), [{ result: accept('hers') }]);
  assert.equal(calls().filter((line) => line === 'end form').length, 2);
});

test('a call whose upstream ended while a person was asked is refused and not made again', options, async (t) => {
  const { as, calls, marker } = await open(t, MODERN);
  const alice = await as('alice');
  const { state } = round(await call(alice, 'once', 'form'));
  for (const pid of upstreamsOf(marker)) process.kill(pid, 'SIGKILL');
  await eventually(() => upstreamsOf(marker).length === 0);
  const reply = await call(alice, 'once', 'form', { inputResponses: { answer: accept('late') }, requestState: state });
  assert.match(reply.text, /UPSTREAM_FAILED/);
  assert.deepEqual(calls(), ['begin form']);
});

test('of the calls of one principal that wait for answers the oldest gives way', options, async (t) => {
  const { as, calls } = await open(t, MODERN);
  const alice = await as('alice');
  const states: unknown[] = [];
  for (let n = 0; n < 9; n++) states.push(round(await call(alice, 'once', 'form')).state);
  await eventually(() => calls().includes('cancelled'));
  const answer = (state: unknown) =>
    call(alice, 'once', 'form', { inputResponses: { answer: accept('x') }, requestState: state });
  assert.match((await answer(states[0])).text, /UPSTREAM_FAILED|CANCELLED/);
  assert.deepEqual(wordsOf(await answer(states[8])), [{ result: accept('x') }]);
  assert.equal(calls().filter((line) => line === 'cancelled').length, 1);
  assert.equal(calls().filter((line) => line === 'begin form').length, 9);
});

test('a question that gives orders to a model is not put where that is refused', options, async (t) => {
  for (const way of [MODERN, LEGACY]) {
    const { as } = await open(t, way, ALL, { detection: { write: 'refuse' } });
    const put: JsonObject[] = [];
    const answer = (request: JsonObject) => {
      put.push(request);
      return { action: 'decline' };
    };
    const alice = await as('alice');
    const reply = await alice.request('tools/call', { name: 'up__once', arguments: { what: 'orders' } }, { answer });
    assert.match(reply.text, /INJECTION_SUSPECTED/);
    assert.deepEqual(put, []);
    await alice.close();
  }
});
