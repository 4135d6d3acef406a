import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalAsker, HostQuestion } from '../../approvals/desk.ts';
import type { Effect } from '../../pipeline/catalog.ts';
import type { ApprovalDemand, Exchange } from '../../pipeline/context.ts';
import type { Decision } from '../../pipeline/decision.ts';
import { exchangeOf, testSettings, type TestSettings } from '../../../test/support/settings.ts';
import { configure as configureBinding } from '../approval-binding/control.ts';
import { configure } from './control.ts';

const PAGE = 'https://desk.example/approvals';

interface Asked {
  readonly asker: ApprovalAsker;
  readonly questions: HostQuestion[];
}

/** A legacy client that declares some kinds of question and gives one answer. */
function asker(kinds: readonly ('form' | 'url')[], answer: unknown): Asked {
  const questions: HostQuestion[] = [];
  return {
    questions,
    asker: {
      mayAskHost: (kind) => kinds.includes(kind),
      askHost(_, question) {
        questions.push(question);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      tellHost: () => undefined,
      patient: (wait) => wait(),
      signal: new AbortController().signal,
    },
  };
}

function call(effect: Effect, demands: readonly ApprovalDemand[] = []): Exchange {
  const exchange = exchangeOf('tools/call', { name: 'echo', arguments: { text: 'x' } }, { era: 'legacy' });
  const echo = testSettings().catalog.tools.get('echo');
  exchange.target = echo === undefined ? undefined : { ...echo, effect };
  exchange.args = { text: 'x' };
  exchange.argsDigest = 'digest';
  exchange.demands = demands;
  return exchange;
}

function decide(exchange: Exchange, asked: Asked, options: TestSettings = {}, page?: string) {
  const settings = testSettings({ limits: { approvalMs: 50 }, ...options });
  return configure(settings, configureBinding(settings), page)(exchange, asked.asker);
}

const yes = (): Asked => asker(['form'], { action: 'accept', content: { approve: true } });

test('a call that destroys nothing passes at once, without a promise', () => {
  for (const effect of ['read', 'write'] as const) {
    const asked = yes();
    assert.deepEqual(decide(call(effect), asked), { pass: true });
    assert.equal(asked.questions.length, 0);
  }
});

test('a destructive call passes after a yes and nothing else', async () => {
  assert.deepEqual(await decide(call('destructive'), yes()), { pass: true });
  for (const answer of [
    { action: 'decline' },
    { action: 'cancel' },
    { action: 'accept' },
    { action: 'accept', content: {} },
    { action: 'accept', content: { approve: false } },
    { action: 'accept', content: { approve: 'true' } },
    { action: 'accept', content: { Approve: true } },
    { action: 'accept', content: null },
    { content: { approve: true } },
    undefined,
    null,
    'accept',
    true,
    new Error('the client broke'),
  ]) {
    const decision = await decide(call('destructive'), asker(['form'], answer));
    assert.equal(decision.pass, false, JSON.stringify(answer));
    assert.equal(decision.pass ? '' : decision.code, 'APPROVAL_DENIED');
  }
});

test('no answer in time is no approval', async () => {
  const never = asker(['form'], undefined);
  const silent = { ...never, asker: { ...never.asker, askHost: () => new Promise<never>(() => undefined) } };
  const decision = await decide(call('destructive'), silent);
  assert.equal(decision.pass ? '' : decision.code, 'APPROVAL_DENIED');
});

test('a critical call, and whatever is demanded of the page, is not asked in the client', async () => {
  const demand = { by: 'page', reason: 'It was read in private.' } as const;
  for (const exchange of [call('critical'), call('read', [demand]), call('destructive', [demand])]) {
    const asked = yes();
    const decision = await decide(exchange, asked);
    assert.deepEqual([decision.pass, asked.questions.length], [false, 0]);
    const { code, hint = '' } = decision as Extract<Decision, { pass: false }>;
    assert.equal(code, 'APPROVAL_REQUIRED');
    assert.match(hint, /this server has none/);
    const paged = (await decide(exchange, asked, {}, PAGE)) as Extract<Decision, { pass: false }>;
    assert.match(paged.hint ?? '', /https:\/\/desk\.example\/approvals\?id=[\w-]{22} and decide there/);
    assert.equal(asked.questions.length, 0);
  }
});

test('a demand of a person is met by a form, with its reason', async () => {
  const asked = yes();
  const decision = await decide(call('read', [{ by: 'person', reason: 'It was read in private.' }]), asked);
  assert.deepEqual(decision, { pass: true });
  assert.match(asked.questions[0]?.message ?? '', /Why you are asked: It was read in private\./);
});

test("the form is the framework's own, and answers nothing in advance", async () => {
  const asked = yes();
  await decide(call('destructive'), asked);
  const [question] = asked.questions;
  assert.equal(question?.kind, 'form');
  assert.match(
    question?.message ?? '',
    /^test asks for your approval\.\nTool: echo\nEffect: destructive\nArguments:\n {2}text: "x"\nAsked by the client: client-1\n/,
  );
  const schema = question?.kind === 'form' ? question.schema : undefined;
  assert.equal((await schema?.['~standard'].validate({}))?.issues === undefined, false);
});

test('what cannot be recorded, and a store that fails, stop the call', async () => {
  const broken = () => Promise.reject(new Error('no disk'));
  const recorder = { append: broken, note: () => undefined, healthy: false, close: () => Promise.resolve() };
  const decision = await decide(call('destructive'), yes(), { recorder });
  assert.equal(decision.pass ? '' : decision.code, 'RECORD_FAILED');
  const { store } = testSettings();
  const fails = {
    ...store,
    add: () => {
      throw new Error('no store');
    },
  };
  await assert.rejects(async () => decide(call('destructive'), yes(), { store: fails }), /no store/);
});
