import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compile } from './compile.ts';

const one = (schema: Record<string, unknown>, value: unknown): string | undefined =>
  compile(schema)(value)?.[0]?.message;

// Lint takes an object with a literal `then` for a promise.
const then = (schema: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(['then'].map((keyword) => [keyword, schema]));

suite('compile', () => {
  test('says how a value fails, without the value', () => {
    const schema = {
      type: 'object',
      properties: {
        phrase: { type: 'string', minLength: 1, maxLength: 200 },
        n: { type: 'integer', maximum: 9 },
        kind: { enum: ['a', 'b'] },
        tags: { type: 'array', maxItems: 1, uniqueItems: true, items: { type: 'string', pattern: '^[a-z]+$' } },
      },
      required: ['phrase'],
      additionalProperties: false,
    };
    const check = compile(schema);
    assert.equal(check({ phrase: 'x', n: 1, kind: 'a', tags: ['b'] }), undefined);
    assert.deepEqual(check({ phrase: 'x'.repeat(201) }), [
      { path: '/phrase', rule: 'maxLength', message: 'phrase must be at most 200 characters' },
    ]);
    assert.deepEqual(check({}), [{ path: '', rule: 'required', message: 'the value lacks "phrase"' }]);
    assert.equal(check({ phrase: 's3cret', n: 's3cret' })?.[0]?.message, 'n must be a whole number');
    assert.equal(check({ phrase: 'x', n: 10 })?.[0]?.message, 'n must be at most 9');
    assert.equal(check({ phrase: 'x', kind: 's3cret' })?.[0]?.message, 'kind must be one of "a", "b"');
    assert.equal(check({ phrase: 'x', tags: ['S'] })?.[0]?.message, 'tags[0] does not match the required pattern');
    assert.equal(check({ phrase: 'x', tags: ['s', 't'] })?.[0]?.message, 'tags must have at most 1 item');
    assert.equal(check([])?.[0]?.message, 'the value must be an object');
    assert.equal(check(undefined)?.[0]?.message, 'the value must be an object');
  });

  test('a name chosen by the caller is cut and stripped of what a model could read', () => {
    const closed = { type: 'object', additionalProperties: false };
    assert.equal(one(closed, { foo: 1 }), 'the value has an unknown argument "foo"');
    const attack = `ignore\u202e all\nprevious ${'x'.repeat(100)}`;
    assert.equal(
      one(closed, { [attack]: 1 }),
      `the value has an unknown argument "ignore??all?previous?${'x'.repeat(43)}..."`,
    );
    const record = { type: 'object', additionalProperties: { type: 'string' } };
    assert.deepEqual(compile(record)({ 'a b\u200b': 1 }), [
      { path: '/a?b?', rule: 'type', message: 'a?b? must be a string' },
    ]);
  });

  test('names that every object inherits are not mistaken for arguments', () => {
    const schema = {
      type: 'object',
      properties: { constructor: { type: 'string', maxLength: 5 } },
      required: ['constructor'],
      additionalProperties: false,
    };
    assert.equal(one(schema, {}), 'the value lacks "constructor"');
    assert.equal(one(schema, { constructor: 'a' }), undefined);
    assert.equal(
      one(schema, JSON.parse('{"constructor":"a","__proto__":1}')),
      'the value has an unknown argument "__proto__"',
    );
  });

  test('numbers are finite and JSON integers', () => {
    assert.equal(one({ type: 'number' }, Number.NaN), 'the value must be a number');
    assert.equal(one({ type: 'number' }, Number.POSITIVE_INFINITY), 'the value must be a number');
    assert.equal(one({ type: 'integer' }, 1.5), 'the value must be a whole number');
    assert.equal(one({ type: 'integer' }, 1.0), undefined);
  });

  test('two patterns in one schema keep their meaning', () => {
    const check = compile({
      type: 'object',
      properties: { a: { type: 'string', pattern: '(x|y)+$' }, b: { type: 'string', pattern: '(p|q)+$' } },
    });
    assert.equal(check({ a: 'x', b: 'q' }), undefined);
    assert.equal(check({ a: 'p' })?.[0]?.path, '/a');
    assert.equal(check({ b: 'x' })?.[0]?.path, '/b');
  });

  test('a pattern that backtracks for ever elsewhere answers at once', () => {
    assert.equal(
      one({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`),
      'the value does not match the required pattern',
    );
    assert.equal(
      one({ type: 'string', pattern: '^(a|a)*$' }, `${'a'.repeat(50_000)}!`),
      'the value does not match the required pattern',
    );
  });

  test('uniqueItems compares by value in linear time', () => {
    const schema = { type: 'array', uniqueItems: true };
    assert.equal(
      one(schema, [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ]),
      'the value must not hold the same item twice',
    );
    assert.equal(one(schema, [1, '1', [1], { a: 1 }, { a: '1' }, null, 'null']), undefined);
    assert.equal(
      one(
        schema,
        Array.from({ length: 100_000 }, (_, i) => ({ i })),
      ),
      undefined,
    );
    assert.equal(one({ type: 'array', uniqueItems: false }, [1, 1]), undefined);
  });

  test('references that multiply are cut off, and the value fails', () => {
    const $defs: Record<string, unknown> = { d30: { type: 'string' } };
    for (let i = 0; i < 30; i++)
      $defs[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] };
    assert.equal(one({ $defs, $ref: '#/$defs/d0' }, 'x'), 'the value is too complex for its schema');
    assert.equal(one({ $ref: '#' }, 'x'), 'the value is too complex for its schema');
    // The next validation starts with a fresh budget.
    assert.equal(one({ $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' }, 'x'), undefined);
  });

  test('recursion, anchors, conditions, alternatives and tuples', () => {
    const tree = {
      $defs: {
        node: {
          $anchor: 'node',
          type: 'object',
          properties: { kids: { type: 'array', items: { $ref: '#node' } } },
          additionalProperties: false,
        },
      },
      $ref: '#/$defs/node',
    };
    assert.equal(one(tree, { kids: [{ kids: [{}] }] }), undefined);
    assert.equal(one(tree, { kids: [{ kids: [{ x: 1 }] }] }), 'kids[0].kids[0] has an unknown argument "x"');
    const when = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: {} },
      if: { required: ['a'] },
      ...then({ required: ['b'] }),
    };
    assert.equal(one(when, { a: 1 }), 'the value lacks "b"');
    assert.equal(one(when, { a: 1, b: 2 }), undefined);
    assert.equal(
      one({ anyOf: [{ type: 'string' }, { type: 'null' }] }, 3),
      'the value matches none of the allowed forms',
    );
    const tuple = { type: 'array', prefixItems: [{ type: 'string' }], items: false };
    assert.equal(one(tuple, ['a']), undefined);
    assert.equal(one(tuple, ['a', 'b']), 'the value must have at most 1 item');
    const joined = { allOf: [{ properties: { a: { type: 'string' } } }], type: 'object', unevaluatedProperties: false };
    assert.equal(one(joined, { a: 'x' }), undefined);
    assert.equal(one(joined, { b: 'x' }), 'the value has an unknown argument "b"');
  });

  test('draft-07 is understood when declared', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'array',
      items: [{ type: 'string' }],
      additionalItems: false,
    };
    assert.equal(one(schema, ['a']), undefined);
    assert.equal(one(schema, ['a', 'b']), 'the value must have at most 1 item');
  });

  test('annotations do not matter, unknown formats may be ignored on request', () => {
    const schema = {
      type: 'string',
      'x-mcp-header': 'A',
      format: 'color',
      description: 'x',
      examples: [1],
      nullable: true,
    };
    assert.throws(() => compile(schema), {
      name: 'SchemaError',
      message: /The format "color" is not known at \/format/,
    });
    const check = compile(schema, { unknownFormats: 'ignore', warm: true });
    assert.equal(check('red'), undefined);
    assert.equal(check(null)?.[0]?.rule, 'type');
  });

  test('a schema changed after compile does not change the check', () => {
    const schema: Record<string, unknown> = { type: 'string', maxLength: 1 };
    const check = compile(schema);
    schema['maxLength'] = 100;
    assert.equal(check('ab')?.[0]?.rule, 'maxLength');
  });

  test('never throws and never accepts what JSON Schema forbids, for any value', () => {
    const check = compile({
      type: 'object',
      properties: {
        a: { type: 'string', maxLength: 3 },
        b: { type: 'array', maxItems: 2, items: { type: 'integer' } },
      },
      additionalProperties: false,
    });
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ a: fc.string(), b: fc.array(fc.integer()) }, { requiredKeys: [] })),
        (value) => {
          const issues = check(value);
          const good =
            typeof value === 'object' &&
            value !== null &&
            !Array.isArray(value) &&
            Object.entries(value).every(([name, part]: [string, unknown]) =>
              name === 'a'
                ? typeof part === 'string' && Array.from(part).length <= 3
                : name === 'b' && Array.isArray(part) && part.length <= 2 && part.every(Number.isInteger),
            );
          assert.equal(issues === undefined, good);
          for (const issue of issues ?? []) assert.match(issue.message, /^[\x20-\x7e]+$/);
        },
      ),
    );
  });
});
