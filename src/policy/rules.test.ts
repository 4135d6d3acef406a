import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { DEFAULT_LIMITS } from '../pipeline/limits.ts';
import type { PolicyRequest } from '../pipeline/settings.ts';
import { compileServer } from '../server/catalog.ts';
import { resource } from '../server/resource.ts';
import { server } from '../server/server.ts';
import { tool } from '../server/tool.ts';
import { principal } from '../../test/support/settings.ts';
import { loadCedar } from './cedar.ts';
import { compilePolicies, createNames, type CompiledPolicies } from './rules.ts';
import { generateSchema, inputsOf } from './schema.ts';

const refund = tool({
  name: 'refund',
  description: 'Refunds an order.',
  input: z.strictObject({
    order: z.string().max(20),
    amount: z.int().min(1).max(1_000_000),
    rate: z.number().optional(),
    tags: z.array(z.string().max(10)).max(5).optional(),
    note: z.string().max(100).nullable().optional(),
    to: z.strictObject({ iban: z.string().max(34), kind: z.enum(['own', 'other']) }).optional(),
    any: z.union([z.string().max(5), z.int()]).optional(),
  }),
  output: z.strictObject({ done: z.boolean() }),
  scope: 'refunds:write',
  effect: 'write',
  authorize: () => true,
  run: () => ({ done: true }),
});
const look = tool({
  name: 'look',
  description: 'Looks at an order.',
  input: z.strictObject({ order: z.string().max(20) }),
  output: z.strictObject({ done: z.boolean() }),
  scope: 'refunds:read',
  effect: 'read',
  authorize: () => true,
  run: () => ({ done: true }),
});
const orders = resource({
  name: 'orders',
  uriTemplate: 'orders://{year}',
  params: z.strictObject({ year: z.string().max(4) }),
  scope: 'refunds:read',
  authorize: () => true,
  read: () => ({ text: '' }),
  complete: { year: () => [] },
});

const compiled = compileServer(
  server({ name: 's', version: '1', tools: [refund, look], resources: [orders] }),
  DEFAULT_LIMITS,
);
const schema = generateSchema(compiled.catalog, inputsOf(compiled.declared));
const cedar = await loadCedar();

function policies(text: string, fallback: 'scopes' | 'deny' = 'scopes'): CompiledPolicies {
  return compilePolicies(cedar, [{ name: 'p.cedar', text }], schema, fallback, createNames()[0]);
}

const caller = principal({ scopes: new Set(['refunds:write', 'refunds:read']) });

function ask(args: unknown, more: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    principal: caller,
    method: 'tools/call',
    target: compiled.catalog.tools.get('refund'),
    args,
    transport: 'http',
    era: 'modern',
    labels: new Set(),
    at: Date.UTC(2026, 6, 28, 14, 30),
    ...more,
  };
}

const ORDER = { order: 'o1', amount: 100 };
const codeOf = (made: CompiledPolicies, request: PolicyRequest): string => {
  const { decision, demands } = made.rules.decide(request);
  if (!decision.pass) return decision.code;
  return demands.length === 0 ? 'pass' : demands.map(({ by }) => by).join();
};

test('a forbid holds, and what it does not name is left to the scopes', () => {
  const made = policies(
    'forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 500 };',
  );
  assert.equal(codeOf(made, ask(ORDER)), 'pass');
  assert.equal(codeOf(made, ask({ ...ORDER, amount: 501 })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ order: 'o1' }, { target: compiled.catalog.tools.get('look') })), 'pass');
  assert.equal(codeOf(made, ask(undefined, { target: undefined, method: 'tools/list' })), 'pass');
});

test('with deny as the default, only what is permitted passes', () => {
  const made = policies('permit (principal, action in Action::"effect:read", resource);', 'deny');
  assert.equal(codeOf(made, ask(ORDER)), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ order: 'o1' }, { target: compiled.catalog.tools.get('look') })), 'pass');
  const [template] = compiled.catalog.templates;
  assert.equal(codeOf(made, ask({ year: '2026' }, { target: template, method: 'resources/read' })), 'pass');
  assert.equal(codeOf(made, ask(undefined, { target: template, method: 'completion/complete' })), 'FORBIDDEN');
});

test('a scope lifts a forbid that names it, and is asked for with those of the tool', () => {
  const made = policies(`@scope("refunds:large") @reason("Large refunds need the scope refunds:large.")
    forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 500 };`);
  assert.deepEqual(made.rules.decide(ask({ ...ORDER, amount: 501 })).decision, {
    pass: false,
    code: 'SCOPE_INSUFFICIENT',
    scopes: ['refunds:write', 'refunds:large'],
    detail: 'policy: p.cedar:1',
    hint: 'Large refunds need the scope refunds:large.',
  });
  const holder = principal({ scopes: new Set(['refunds:write', 'refunds:large']) });
  assert.equal(codeOf(made, ask({ ...ORDER, amount: 501 }, { principal: holder })), 'pass');
  assert.equal(codeOf(made, ask(ORDER)), 'pass');
});

test('an approval takes the place of a refusal, and does not undo another', () => {
  const made = policies(
    `
    @approval("person") forbid (principal, action, resource) when { context.args has to && context.args.to.kind == "other" };
    @approval("page") @reason("Very large.") forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 500 };
    forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 9000 };`.replace(
      '(principal, action, resource)',
      '(principal, action == Action::"tool:refund", resource)',
    ),
  );
  assert.equal(codeOf(made, ask({ ...ORDER, to: { iban: 'x', kind: 'other' } })), 'person');
  assert.equal(codeOf(made, ask({ ...ORDER, amount: 600, to: { iban: 'x', kind: 'other' } })), 'person,page');
  assert.equal(codeOf(made, ask({ ...ORDER, amount: 9001 })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ ...ORDER, to: { iban: 'x', kind: 'own' } })), 'pass');
});

suite('an error denies', () => {
  test('of a forbid, which the engine would leave out', () => {
    const made = policies(
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount * 9223372036854775807 > 1 };',
    );
    const { decision } = made.rules.decide(ask(ORDER));
    assert.equal(decision.pass, false);
    assert.match(JSON.stringify(decision), /could not be evaluated: p\.cedar:1: integer overflow/);
  });

  test('of a forbid that an approval would lift', () => {
    const made = policies(
      '@approval("person") forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount * 9223372036854775807 > 1 };',
    );
    assert.equal(codeOf(made, ask(ORDER)), 'FORBIDDEN');
  });

  test('of arguments that are not what their schema says', () => {
    const made = policies(
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 500 };',
    );
    for (const args of [
      { order: 'o1' },
      { order: 1, amount: 1 },
      { order: 'o1', amount: 1.5 },
      { order: 'o1', amount: 2 ** 60 },
      null,
      'x',
      [],
    ])
      assert.equal(codeOf(made, ask(args)), 'FORBIDDEN', JSON.stringify(args));
  });

  test('of a number that Cedar would have to round, where a policy reads it', () => {
    const reads = policies(
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args has rate && context.args.rate.greaterThan(decimal("1.5")) };',
    );
    assert.equal(codeOf(reads, ask({ ...ORDER, rate: 1.5 })), 'pass');
    assert.equal(codeOf(reads, ask({ ...ORDER, rate: 1.6 })), 'FORBIDDEN');
    for (const rate of [1.500001, 1e18, Number.NaN, Number.POSITIVE_INFINITY])
      assert.match(
        JSON.stringify(reads.rules.decide(ask({ ...ORDER, rate })).decision),
        /four decimal places/,
        String(rate),
      );
    const other = policies(
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 500 };',
    );
    assert.equal(codeOf(other, ask({ ...ORDER, rate: 1.500001 })), 'pass');
  });
});

test('no argument becomes an entity or an extension, and null is absent', () => {
  const made = policies(`forbid (principal, action == Action::"tool:refund", resource) when { context.args has note };
    forbid (principal, action == Action::"tool:refund", resource) when { context.args has tags && context.args.tags.contains("x") };`);
  assert.equal(codeOf(made, ask({ ...ORDER, note: null })), 'pass');
  assert.equal(codeOf(made, ask({ ...ORDER, note: 'n' })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ ...ORDER, tags: ['x'] })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ ...ORDER, order: { __entity: { type: 'Principal', id: 'a' } } })), 'FORBIDDEN');
  assert.equal(
    codeOf(made, ask({ ...ORDER, __entity: { type: 'Principal', id: 'a' }, __extn: { fn: 'ip', arg: '1' } })),
    'pass',
  );
});

test('principal, labels, transport and time are there to be judged by', () => {
  const made = policies(
    `
    forbid (principal, action, resource == Tool::"refund") when { principal.client == "bot" };
    forbid (principal, action, resource is Tool) when { context.labels.contains("untrusted") && resource.effect == "write" };
    forbid (principal, action, resource == Tool::"look") when { context.transport == "stdio" };
    forbid (principal, action, resource == Tool::"look") when { context.hour >= 22 || context.weekday > 5 };
    forbid (principal, action, resource) unless { principal has tenant && principal.tenant == "t1" };`.replace(
      '(principal, action, resource) unless',
      '(principal, action == Action::"resource:orders", resource) unless',
    ),
  );
  const look_ = compiled.catalog.tools.get('look');
  const [template] = compiled.catalog.templates;
  assert.equal(codeOf(made, ask(ORDER)), 'pass');
  assert.equal(codeOf(made, ask(ORDER, { principal: principal({ client: 'bot' }) })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask(ORDER, { labels: new Set(['untrusted']) })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ order: 'o' }, { target: look_ })), 'pass');
  assert.equal(codeOf(made, ask({ order: 'o' }, { target: look_, transport: 'stdio' })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ order: 'o' }, { target: look_, at: Date.UTC(2026, 6, 28, 22) })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ order: 'o' }, { target: look_, at: Date.UTC(2026, 7, 1, 12) })), 'FORBIDDEN');
  assert.equal(codeOf(made, ask({ year: '2026' }, { target: template, method: 'resources/read' })), 'FORBIDDEN');
  const tenant = principal({ tenant: 't1' });
  assert.equal(
    codeOf(made, ask({ year: '2026' }, { target: template, method: 'resources/read', principal: tenant })),
    'pass',
  );
});

test('a remembered decision is that of the same question only', () => {
  const made =
    policies(`forbid (principal, action == Action::"tool:refund", resource) when { context.args.amount > 500 };
    forbid (principal, action, resource == Tool::"refund") when { principal.subject == "eve" || context.labels.contains("private") };`);
  for (let round = 0; round < 3; round++) {
    assert.equal(codeOf(made, ask(ORDER)), 'pass');
    assert.equal(codeOf(made, ask({ ...ORDER, amount: 600 })), 'FORBIDDEN');
    assert.equal(codeOf(made, ask(ORDER, { principal: principal({ subject: 'eve' }) })), 'FORBIDDEN');
    assert.equal(codeOf(made, ask(ORDER, { labels: new Set(['private']) })), 'FORBIDDEN');
  }
});

suite('what cannot be used is refused at once, with its place', () => {
  const cases: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    [
      'syntax',
      'permit (principal, action, resource);\nforbid (principal, action, resource) when { context.x > };',
      /^p\.cedar:2:\d+: unexpected token `\}`/,
    ],
    [
      'an argument that is not there',
      '\n\nforbid (principal, action == Action::"tool:refund", resource) when { context.args.amont > 5 };',
      /^p\.cedar:3:\d+: .*amont/,
    ],
    [
      'a type that does not fit',
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args.order > 5 };',
      /^p\.cedar:1:\d+: /,
    ],
    [
      'a tool that is not there',
      'forbid (principal, action == Action::"tool:refnd", resource);',
      /^p\.cedar:1:\d+: .*refnd/,
    ],
    [
      'an optional argument without has',
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args.note == "x" };',
      /^p\.cedar:1:\d+: .*note/,
    ],
    [
      'an argument of several kinds',
      'forbid (principal, action == Action::"tool:refund", resource) when { context.args has any && context.args.any == "x" };',
      /^p\.cedar:1:\d+: /,
    ],
    [
      'a misspelt annotation',
      '@aproval("person")\nforbid (principal, action, resource);',
      /^p\.cedar:1:1: there is no annotation @aproval\. Did you mean @approval\?/,
    ],
    [
      'an approval by nobody',
      '@approval("boss")\nforbid (principal, action, resource);',
      /@approval: say @approval\("person"\)/,
    ],
    ['a scope on a permit', '@scope("a")\npermit (principal, action, resource);', /belong on a forbid/],
    ['scope and approval', '@scope("a") @approval("page")\nforbid (principal, action, resource);', /not both/],
    ['a template', 'permit (principal == ?principal, action, resource);', /^p\.cedar:1:1: templates/],
    [
      'an id twice',
      '@id("x") permit (principal, action, resource);\n@id("x") forbid (principal, action, resource);',
      /^p\.cedar:2:1: @id\("x"\) is that of p\.cedar:1/,
    ],
  ];
  for (const [name, text, says] of cases) {
    test(name, () => {
      assert.throws(
        () => policies(text),
        (error: unknown) => (error instanceof TypeError && says.test(error.message)) || assert.fail(String(error)),
      );
    });
  }
});

test('the schema leaves out what Cedar has no type for, and says so', () => {
  assert.deepEqual(schema.omitted, ['tool:refund: args.any: values of several kinds']);
  const text = cedar.schemaToText(schema.json);
  assert.equal(text.type, 'success');
  assert.match(JSON.stringify(text), /action \\"tool:refund\\" in \[Action::\\"tools\\", Action::\\"effect:write\\"\]/);
});

test('the version changes with the policies, the schema and the default', () => {
  const text = 'permit (principal, action, resource);';
  const versions = [policies(text), policies(text), policies(`${text}\n`), policies(text, 'deny')].map(
    ({ version }) => version,
  );
  assert.equal(versions[0], versions[1]);
  assert.equal(new Set(versions).size, 3);
});
