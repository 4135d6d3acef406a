import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { compile } from './compile.ts';
import { fromJsonSchema, type InferInput, type InferOutput, type StandardSchema, toJsonSchema } from './standard.ts';

suite('standard', () => {
  test('a zod schema gives JSON Schema for both sides, without the default dialect', () => {
    const schema = z.strictObject({ phrase: z.string().max(20), limit: z.int().max(9).default(3) });
    assert.deepEqual(toJsonSchema(schema, 'input'), {
      type: 'object',
      properties: {
        phrase: { type: 'string', maxLength: 20 },
        limit: { default: 3, type: 'integer', minimum: -9007199254740991, maximum: 9 },
      },
      required: ['phrase'],
      additionalProperties: false,
    });
    assert.deepEqual(toJsonSchema(schema, 'output')['required'], ['phrase', 'limit']);
    // The type parameters follow.
    const input: InferInput<typeof schema> = { phrase: 'x' };
    const output: InferOutput<typeof schema> = { phrase: 'x', limit: 1 };
    const wide: StandardSchema = schema;
    assert.ok(input.phrase === output.phrase && wide === schema);
  });

  test('annotations of zod metadata survive', () => {
    const schema = z.strictObject({ region: z.string().max(9).meta({ 'x-mcp-header': 'Region' }) });
    assert.deepEqual(toJsonSchema(schema, 'input')['properties'], {
      region: { type: 'string', maxLength: 9, 'x-mcp-header': 'Region' },
    });
  });

  test('every zod string format compiles', () => {
    const schema = z
      .strictObject({
        host: z.hostname(),
        mail: z.email(),
        id: z.uuid(),
        v4: z.ipv4(),
        v6: z.ipv6(),
        day: z.iso.date(),
        at: z.iso.datetime(),
        time: z.iso.time(),
        span: z.iso.duration(),
        url: z.url(),
        b64: z.base64(),
        b64u: z.base64url(),
        cuid: z.cuid2(),
        ulid: z.ulid(),
        nano: z.nanoid(),
        cidr: z.cidrv4(),
        phone: z.e164(),
        starts: z.string().startsWith('a.b').max(9),
      })
      .partial();
    const check = compile(toJsonSchema(schema, 'input'), { warm: true });
    assert.equal(check({ host: 'a.example', mail: 'a@b.example', starts: 'a.bc' }), undefined);
    assert.equal(check({ host: '-a' })?.[0]?.message, 'host must be a valid hostname');
    assert.equal(check({ starts: 'axb' })?.[0]?.rule, 'pattern');
  });

  test('a raw schema is published byte for byte', async () => {
    const text =
      '{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://a.example/s","$defs":{"s":{"$anchor":"s","type":"string"}},"type":"object","properties":{"b":{"$ref":"#s"},"a":{"$ref":"#/$defs/s"},"10":{},"__proto__":{"type":"null"}},"allOf":[{"anyOf":[{"required":["a"]},{"required":["b"]}]}],"if":{"required":["a"]},"then":{"required":["b"]},"else":true,"unevaluatedProperties":false,"x-vendor":[null]}';
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const wire = JSON.stringify(parsed);
    const schema = fromJsonSchema<{ a: string }>(parsed);
    parsed['type'] = 'array';
    assert.equal(JSON.stringify(toJsonSchema(schema, 'input')), wire);
    assert.equal(JSON.stringify(toJsonSchema(schema, 'output')), wire);
    assert.equal(JSON.stringify(schema['~standard'].jsonSchema?.input({ target: 'draft-2020-12' })), wire);
    assert.deepEqual(await schema['~standard'].validate({ a: 'x', b: 'y' }), { value: { a: 'x', b: 'y' } });
    assert.deepEqual(await schema['~standard'].validate({ a: 'x' }), {
      issues: [{ message: 'the value lacks "b"', path: [] }],
    });
    assert.deepEqual(await schema['~standard'].validate({ a: 'x', b: 1 }), {
      issues: [{ message: 'b must be a string', path: ['b'] }],
    });
    assert.throws(() => fromJsonSchema({ $ref: 'https://evil.example/' }), { name: 'SchemaError' });
  });

  test('a library without JSON Schema is named with the mend', () => {
    const validate = (value: unknown): { value: unknown } => ({ value });
    assert.throws(() => toJsonSchema({ '~standard': { version: 1, vendor: 'plain', validate } }, 'input'), {
      name: 'TypeError',
      message: /The schema library "plain" does not give JSON Schema .* Use zod 4\.2 or later/,
    });
    assert.throws(() => toJsonSchema({} as StandardSchema, 'input'), { message: /This is not a Standard Schema/ });
    assert.throws(() => toJsonSchema(z.strictObject({ at: z.date() }), 'input'), {
      message:
        'The input schema cannot be said in JSON Schema (Date cannot be represented in JSON Schema). Use types that JSON has.',
    });
  });

  test('the compiled validator and zod agree', () => {
    const schema = z.strictObject({
      s: z.string().max(3),
      n: z.int().min(0).max(5).optional(),
      e: z.enum(['a', 'b']).nullable(),
    });
    const check = compile(toJsonSchema(schema, 'input'));
    const value = fc.record(
      {
        s: fc.oneof(fc.string({ maxLength: 5, unit: 'grapheme-ascii' }), fc.constant(1)),
        n: fc.oneof(fc.integer({ min: -2, max: 8 }), fc.double()),
        e: fc.constantFrom('a', 'b', 'c', null),
        x: fc.constant(1),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (candidate) =>
        assert.equal(check(candidate) === undefined, schema.safeParse(candidate).success),
      ),
    );
  });
});
