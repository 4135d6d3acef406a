import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalDemand } from '../../pipeline/context.ts';
import type { Decision } from '../../pipeline/decision.ts';
import type { Policy, PolicyRequest } from '../../pipeline/settings.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure, configureAsk, requestOf } from './control.ts';

function decide(policy: () => unknown, weakened: readonly string[] = []): unknown {
  const settings = testSettings({ policy: policy as Policy, weakened: new Set(weakened), limits: { handlerMs: 5 } });
  return configure(settings)(exchangeOf('tools/call'));
}

const NO_DECISION = { pass: false, code: 'FORBIDDEN', detail: 'the policy gave no decision' };

test('the policy hears who asks for what, and its word is taken', () => {
  const heard: PolicyRequest[] = [];
  const settings = testSettings({
    policy(request) {
      heard.push(request);
      return { pass: false, code: 'FORBIDDEN', detail: 'closed' };
    },
  });
  const exchange = exchangeOf('tools/call');
  exchange.target = settings.catalog.tools.get('echo');
  exchange.args = { text: 'a' };
  assert.deepEqual(configure(settings)(exchange), { pass: false, code: 'FORBIDDEN', detail: 'closed' });
  assert.equal(heard.length, 1);
  assert.deepEqual(
    [heard[0]?.principal.id, heard[0]?.method, heard[0]?.target?.name, heard[0]?.args],
    ['alice-id', 'tools/call', 'echo', { text: 'a' }],
  );
});

test('what is no decision denies', async () => {
  for (const word of [
    undefined,
    null,
    true,
    'pass',
    {},
    { pass: 1 },
    { pass: 'true' },
    { pass: 'no', code: 'FORBIDDEN' },
    { pass: false },
    { pass: false, code: 'none' },
  ]) {
    assert.deepEqual(
      decide(() => word),
      NO_DECISION,
      JSON.stringify(word),
    );
    assert.deepEqual(await decide(() => Promise.resolve(word)), NO_DECISION, JSON.stringify(word));
  }
  assert.deepEqual(
    decide(() => ({ pass: true, extra: 1 })),
    { pass: true },
  );
  assert.deepEqual(await decide(() => Promise.resolve({ pass: true })), { pass: true });
});

test('a policy that throws, rejects or never answers denies', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  assert.throws(() => decide(broken), /broken/);
  await assert.rejects(async () => decide(() => Promise.reject(new Error('broken'))), /broken/);
  assert.deepEqual(await decide(() => new Promise(() => undefined)), {
    pass: false,
    code: 'FORBIDDEN',
    detail: 'the policy gave no decision in time',
  });
});

test('nobody is refused, and without the control nobody is asked', () => {
  const exchange = exchangeOf('tools/call', {}, { principal: principal() });
  exchange.principal = undefined;
  const settings = testSettings({ policy: () => ({ pass: true }) });
  assert.deepEqual(configure(settings)(exchange), { pass: false, code: 'FORBIDDEN', detail: 'no principal' });
  assert.deepEqual(
    decide(() => false, ['central-policy']),
    { pass: true },
  );
});

test('the policies are asked after the function, and both have to pass', async () => {
  const asked: string[] = [];
  const rules = (decision: Decision, demands: readonly ApprovalDemand[] = []) => ({
    decide: (request: PolicyRequest) => {
      asked.push(`rules ${[...request.labels].join()} ${request.transport} ${JSON.stringify(request.sent)}`);
      return { decision, demands };
    },
    version: () => '1',
  });
  const denied: Decision = { pass: false, code: 'FORBIDDEN' };
  const function_ = (decision: Decision) => () => {
    asked.push('function');
    return decision;
  };
  const exchange = exchangeOf('tools/call', { name: 'echo', arguments: { text: 'a' } });
  exchange.labels = new Set(['private']);
  for (const policy of [function_({ pass: true }), () => Promise.resolve<Decision>({ pass: true })]) {
    const decide = configure(testSettings({ policy, rules: rules(denied) }));
    assert.deepEqual(await decide(exchange), denied);
  }
  assert.deepEqual(asked, ['function', 'rules private stdio {"text":"a"}', 'rules private stdio {"text":"a"}']);
  assert.deepEqual(
    await configure(testSettings({ policy: function_(denied), rules: rules({ pass: true }) }))(exchange),
    denied,
  );
  assert.deepEqual(asked.slice(3), ['function']);

  const demand = { by: 'page', reason: 'Large.' } as const;
  const demanding = testSettings({ rules: rules({ pass: true }, [demand]) });
  assert.deepEqual(await configure(demanding)(exchange), { pass: true });
  assert.deepEqual(exchange.demands, [demand]);
  // Where nobody can be asked, an approval is a refusal.
  const request = requestOf(exchange, {
    principal: principal(),
    method: 'resources/subscribe',
    target: undefined,
    args: {},
  });
  assert.deepEqual(await configureAsk(demanding)(request), {
    pass: false,
    code: 'FORBIDDEN',
    detail: 'policy: it needs an approval',
  });
});
