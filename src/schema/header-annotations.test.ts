import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { headerAnnotations, isSensitive } from './header-annotations.ts';

const messages = (schema: Record<string, unknown>): string[] =>
  headerAnnotations(schema).problems.map((problem) => problem.message);
const of = (node: unknown, name = 'region'): Record<string, unknown> => ({
  type: 'object',
  properties: { [name]: node },
});

// Lint takes an object with a literal `then` for a promise.
const then = (schema: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(['then'].map((keyword) => [keyword, schema]));

suite('header annotations', () => {
  test('reads nested properties as written', () => {
    const schema = {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        'a/b': {
          type: 'object',
          properties: { n: { type: 'integer', 'x-mcp-header': 'n_1' }, 'x-mcp-header': { type: 'string' } },
        },
        properties: { type: 'object', properties: { on: { type: 'boolean', 'x-mcp-header': 'On' } } },
      },
    };
    assert.deepEqual(headerAnnotations(schema), {
      headers: [
        { path: ['region'], header: 'Region', type: 'string' },
        { path: ['a/b', 'n'], header: 'n_1', type: 'integer' },
        { path: ['properties', 'on'], header: 'On', type: 'boolean' },
      ],
      problems: [],
    });
  });

  test('names follow the header syntax', () => {
    for (const name of ['', 'a b', 'a\r\nX: y', 'a:b', '\u00e9', 'a\u0000', 1, null, {}, 'x'.repeat(101)]) {
      assert.deepEqual(messages(of({ type: 'string', 'x-mcp-header': name })), [
        'region: x-mcp-header is not a header name (RFC 9110 section 5.1)',
      ]);
    }
  });

  test('names are unique whatever their case', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', 'x-mcp-header': 'Same' }, b: { type: 'string', 'x-mcp-header': 'sAME' } },
    };
    assert.deepEqual(messages(schema), ['b: x-mcp-header "sAME" is used twice']);
  });

  test('primitive types only, and safe integers', () => {
    for (const type of ['number', 'object', 'array', 'null', ['string', 'null'], undefined]) {
      const node = type === undefined ? {} : { type };
      assert.deepEqual(messages(of({ ...node, 'x-mcp-header': 'A' })), [
        'region: x-mcp-header needs a string, an integer or a boolean',
      ]);
    }
    assert.equal(messages(of({ type: 'integer', maximum: 2 ** 53, 'x-mcp-header': 'A' })).length, 1);
    assert.equal(
      messages(of({ type: 'integer', maximum: 2 ** 53 - 1, minimum: -(2 ** 53) + 1, 'x-mcp-header': 'A' })).length,
      0,
    );
  });

  test('anywhere but on a chain of properties is refused', () => {
    const mark = { type: 'string', 'x-mcp-header': 'A' };
    const wrong: Record<string, unknown>[] = [
      { type: 'object', 'x-mcp-header': 'A' },
      of({ type: 'array', items: mark }),
      of({ anyOf: [mark] }),
      { allOf: [of(mark)] },
      { oneOf: [of(mark)] },
      { not: of(mark) },
      { if: of(mark), ...then(of(mark)), else: of(mark) },
      { $defs: { a: mark }, properties: { a: { $ref: '#/$defs/a' } } },
      { additionalProperties: mark },
      { patternProperties: { a: mark } },
      { dependentSchemas: { a: of(mark) } },
      of({ type: 'array', prefixItems: [mark] }),
    ];
    for (const schema of wrong) {
      const { headers, problems } = headerAnnotations(schema);
      assert.deepEqual(headers, []);
      assert.ok(problems.length > 0);
      for (const problem of problems) assert.equal(problem.message, 'x-mcp-header stands where clients do not look');
    }
    assert.deepEqual(
      messages({
        properties: { a: { type: 'string', examples: [{ 'x-mcp-header': 'A' }], default: { 'x-mcp-header': 'A' } } },
      }),
      [],
    );
  });

  test('secrets and personal data never become headers', () => {
    for (const name of [
      'password',
      'apiKey',
      'api_key',
      'access_token',
      'clientSecret',
      'ssn',
      'email',
      'userEmail',
      'sessionId',
      'date_of_birth',
      'cardNumber',
    ]) {
      assert.equal(isSensitive(name), true, name);
      assert.equal(messages(of({ type: 'string', 'x-mcp-header': 'A' }, name)).length, 1, name);
    }
    assert.equal(messages(of({ type: 'string', 'x-mcp-header': 'Api-Key' })).length, 1);
    for (const name of ['region', 'tokens_max', 'key', 'spinner', 'mailbox', 'date', 'date_of_issue', 'api_version'])
      assert.equal(isSensitive(name), false, name);
  });
});
