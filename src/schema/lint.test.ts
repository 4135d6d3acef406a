import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { formatProblem, type JsonSchema } from './json-schema.ts';
import { lintSchema, type SchemaUse } from './lint.ts';
import { type StandardSchema, toJsonSchema } from './standard.ts';

const lint = (schema: JsonSchema, what: SchemaUse = 'input'): string[] =>
  lintSchema(schema, { what, where: 'tool t' }).map((problem) => `${problem.id} ${problem.path}`.trim());
const lintZod = (schema: StandardSchema, what: SchemaUse = 'input'): string[] =>
  lint(toJsonSchema(schema, what === 'output' ? 'output' : 'input'), what);

// Lint takes an object with a literal `then` for a promise.
const then = (schema: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(['then'].map((keyword) => [keyword, schema]));

suite('lint', () => {
  test('a closed and bounded schema has no problems', () => {
    const schema = z.strictObject({
      phrase: z.string().min(1).max(200),
      n: z.int(),
      x: z.number(),
      on: z.boolean().default(true),
      mail: z.email(),
      at: z.iso.datetime(),
      id: z.uuid(),
      kind: z.enum(['a', 'b']).nullable(),
      code: z.string().regex(/^[A-Z]{2}-\d{1,4}$/),
      tags: z.array(z.string().max(9)).max(9),
      pair: z.tuple([z.string().max(3), z.int()]),
      byName: z.record(z.enum(['a', 'b']), z.int()),
      extra: z.record(z.string().max(9), z.string().max(9)).meta({ maxProperties: 5 }),
      shape: z.discriminatedUnion('k', [z.strictObject({ k: z.literal('a') }), z.strictObject({ k: z.literal('b') })]),
    });
    assert.deepEqual(lintZod(schema), []);
  });

  test('each open or unbounded place is named, in zod and JSON Schema terms', () => {
    const schema = z.object({
      phrase: z.string(),
      any: z.any(),
      list: z.array(z.object({ x: z.string() })),
      map: z.record(z.string(), z.string()),
      union: z.union([z.string(), z.null()]),
      free: z.string().regex(/^a+$/),
      opt: z.string().optional(),
    });
    assert.deepEqual(lintZod(schema), [
      'open-object',
      'unbounded-string phrase',
      'open-value any',
      'unbounded-array list',
      'open-object list[]',
      'unbounded-string list[].x',
      'unbounded-record map',
      'unbounded-names map',
      'unbounded-string map.*',
      'unbounded-string union',
      'unbounded-string free',
      'unbounded-string opt',
    ]);
    const [problem] = lintSchema(toJsonSchema(z.strictObject({ phrase: z.string() }), 'input'), {
      what: 'input',
      where: 'tool t, input',
    });
    assert.deepEqual(problem, {
      id: 'unbounded-string',
      path: 'phrase',
      message: 'tool t, input: phrase: an unbounded string',
      mend: 'Add .max(n) (maxLength), or use z.enum (enum).',
    });
    assert.equal(
      problem && formatProblem(problem),
      'tool t, input: phrase: an unbounded string. Add .max(n) (maxLength), or use z.enum (enum).',
    );
  });

  test('outputs: closed, lists bounded, strings free', () => {
    const schema = z.strictObject({ text: z.string(), list: z.array(z.string()), map: z.record(z.string(), z.int()) });
    assert.deepEqual(lintZod(schema, 'output'), ['unbounded-array list', 'unbounded-record map']);
    assert.deepEqual(lint({ type: 'string' }, 'output'), []);
    assert.deepEqual(lint({}, 'output'), ['open-value']);
    assert.deepEqual(lintZod(z.looseObject({}), 'output'), ['open-object']);
  });

  test('an input root is an object', () => {
    assert.deepEqual(lint({ type: 'string', maxLength: 3 }), ['root-not-object']);
    assert.deepEqual(lint({ anyOf: [{ type: 'object', additionalProperties: false }] }), ['root-not-object']);
    assert.deepEqual(lint({ type: 'object' }), ['open-object']);
    assert.deepEqual(lint({ type: 'object', additionalProperties: false }), []);
    assert.deepEqual(lint({ type: 'object', additionalProperties: true }), ['open-object']);
    assert.deepEqual(lint({ type: 'object', additionalProperties: {} }), ['open-object']);
  });

  test('references, conjunctions, alternatives and conditions', () => {
    const $defs = {
      open: { type: 'object', properties: { s: { type: 'string' } } },
      tree: {
        type: 'object',
        properties: { kids: { type: 'array', maxItems: 3, items: { $ref: '#/$defs/tree' } } },
        additionalProperties: false,
      },
    };
    const closed = { type: 'object', additionalProperties: false };
    assert.deepEqual(lint({ ...closed, $defs, properties: { a: { $ref: '#/$defs/open' } } }), [
      'open-object a',
      'unbounded-string a.s',
    ]);
    assert.deepEqual(lint({ ...closed, $defs, properties: { a: { $ref: '#/$defs/tree' } } }), []);
    assert.deepEqual(
      lint({
        type: 'object',
        $defs,
        allOf: [{ properties: { s: { maxLength: 3 } } }, { $ref: '#/$defs/open' }],
        unevaluatedProperties: false,
      }),
      [],
    );
    assert.deepEqual(
      lint({ ...closed, properties: { a: { type: 'string', anyOf: [{ maxLength: 3 }, { format: 'uuid' }] } } }),
      [],
    );
    assert.deepEqual(
      lint({ ...closed, properties: { a: { type: 'string', anyOf: [{ maxLength: 3 }, { minLength: 3 }] } } }),
      ['unbounded-string a'],
    );
    assert.deepEqual(lint({ ...closed, properties: { a: { anyOf: [{ const: 1 }, true] } } }), ['open-value a']);
    assert.deepEqual(lint({ ...closed, properties: { a: { anyOf: [{ const: 1 }, false] } } }), []);
    assert.deepEqual(lint({ ...closed, properties: { a: { oneOf: [{ type: 'array' }, { type: 'null' }] } } }), [
      'unbounded-array a',
      'open-value a[]',
    ]);
    const when = {
      type: 'object',
      unevaluatedProperties: false,
      properties: { a: { type: 'string', maxLength: 2 } },
      if: { required: ['a'] },
    };
    assert.deepEqual(lint({ ...when, ...then({ properties: { a: { const: 'x' } } }) }), []);
    assert.deepEqual(lint({ ...when, ...then({ properties: { b: { type: 'string' } } }) }), ['unbounded-string b']);
    assert.deepEqual(lint({ ...when, dependentSchemas: { a: { properties: { b: {} } } } }), ['open-value b']);
    assert.deepEqual(lint({ ...closed, properties: { a: { not: { type: 'null' } } } }), ['open-value a']);
    assert.deepEqual(lint({ ...closed, properties: { a: { $ref: '#/properties/a' } } }), ['open-value a']);
    assert.deepEqual(lint({ ...closed, properties: { a: true, b: false } }), ['open-value a']);
    assert.deepEqual(
      lint({ type: 'object', patternProperties: { '^x': { type: 'string' } }, additionalProperties: false }),
      ['unbounded-record', 'unbounded-string *'],
    );
    assert.deepEqual(
      lint({ ...closed, properties: { a: { type: 'array', maxItems: 2, prefixItems: [{ type: 'string' }] } } }),
      ['unbounded-string a[0]'],
    );
  });

  test('a schema that cannot be used is a problem, not a throw', () => {
    assert.deepEqual(
      lintSchema({ type: 'object', $ref: 'https://evil.example/' }, { what: 'input', where: 'tool t' }),
      [
        {
          id: 'schema-invalid',
          path: '',
          message: 'tool t: "$ref" "https://evil.example/" points outside of the schema at the root',
          mend: 'References are never fetched: copy the definition under $defs and refer to it with "#/$defs/...".',
        },
      ],
    );
  });

  test('alternatives that multiply end', () => {
    const group = (): unknown => Array.from({ length: 10 }, () => ({ required: ['a'] }));
    const allOf = Array.from({ length: 8 }, () => ({ anyOf: group() }));
    assert.deepEqual(lint({ type: 'object', additionalProperties: false, allOf }), ['schema-complex']);
  });

  test('elicitation forms are flat', () => {
    assert.deepEqual(
      lintZod(z.strictObject({ name: z.string().max(50), ok: z.boolean(), kind: z.enum(['a', 'b']) }), 'elicitation'),
      [],
    );
    assert.deepEqual(
      lint(
        {
          type: 'object',
          properties: { tags: { type: 'array', maxItems: 2, items: { type: 'string', enum: ['a'] } } },
          additionalProperties: false,
        },
        'elicitation',
      ),
      [],
    );
    assert.deepEqual(lintZod(z.strictObject({ a: z.strictObject({}), u: z.uuid() }), 'elicitation'), [
      'form-nested a',
      'form-format u',
    ]);
    assert.deepEqual(lint({ type: 'object', additionalProperties: false }, 'elicitation'), ['form-empty']);
  });
});
