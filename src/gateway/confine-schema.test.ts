import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isObject } from '../protocol/json.ts';
import { compile } from '../schema/compile.ts';
import { lintSchema } from '../schema/lint.ts';
import { confineSchema } from './confine-schema.ts';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';
const corpora = new URL('../../../shared/corpora/benign-tools/', import.meta.url);

/** Whether a value is taken by a schema as it is confined, below the name `a`. */
function takes(a: unknown, value: unknown, root: object = {}): boolean {
  const confined = confineSchema({ type: 'object', properties: { a }, ...root });
  assert.ok('schema' in confined, 'problem' in confined ? confined.problem : '');
  assert.deepEqual(lintSchema(confined.schema, { what: 'input', where: 'it' }), []);
  return compile(confined.schema)({ a: value }) === undefined;
}

suite('confine-schema', () => {
  const long = 'x'.repeat(100_001);
  test('open places and unused definitions make a schema no larger', () => {
    const open = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`p${n}`, { description: 'Anything.' }]));
    const $defs = { 'a/b': { type: 'object', properties: { c: { $ref: '#/$defs/c' } } }, c: {}, unused: open };
    const root = { type: 'object', properties: { ...open, a: { $ref: '#/$defs/a~1b' } }, $defs };
    const confined = confineSchema(root);
    assert.ok('schema' in confined);
    assert.ok(JSON.stringify(confined.schema).length < 2 * JSON.stringify(open).length + 3_000);
    assert.doesNotMatch(JSON.stringify(confined.schema), /unused/);
    const validate = compile(confined.schema);
    assert.equal(validate({ p0: { x: [1, { y: null }] }, a: { c: 'x' } }), undefined);
    assert.notEqual(validate({ p0: [[[[1]]]] }), undefined);
    assert.notEqual(validate({ p0: long }), undefined);
    assert.notEqual(validate({ a: { d: 1 } }), undefined);
  });

  test('what goes by the name of our own definitions, or by no name, is refused', () => {
    for (const root of [
      { type: 'object', $defs: { 'portcullis-json-1': {} }, properties: { a: { $ref: '#/$defs/portcullis-json-1' } } },
      { type: 'object', properties: { a: { $ref: '#/$defs/portcullis-json-99999999' } } },
      { type: 'object', properties: { a: { $ref: '#/$defs/%zz' } } },
    ])
      assert.ok('problem' in confineSchema(root), JSON.stringify(root));
  });

  for (const [what, schema, taken, refused] of [
    ['a string', { type: 'string' }, 'x', long],
    ['a list of types', { type: ['string', 'null'] }, null, long],
    ['no type', {}, { b: [1, 'x', { c: null }] }, { b: { c: { d: { e: 1 } } } }],
    ['true', true, [1], [long]],
    ['an object that says nothing of others', { properties: { b: { type: 'integer' } } }, { b: 1 }, { b: 1, c: 2 }],
    ['what is said of objects alone', { properties: { b: { type: 'integer' } } }, { b: 1 }, long],
    ['an open map', { type: 'object', additionalProperties: { type: 'integer' } }, { b: 1 }, { b: 'x' }],
    ['a map of anything', { type: 'object', additionalProperties: true }, { b: 1 }, { b: long }],
    ['a list without items', { type: 'array' }, ['x'], Array.from({ length: 1_001 }, () => 1)],
    ['alternatives', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, 1, long],
    ['allOf', { allOf: [{ type: 'object', properties: { b: { type: 'integer' } } }] }, { b: 1 }, { c: 1 }],
    ['a pattern that looks around', { type: 'string', pattern: '^(?!y)' }, 'x', long],
    ['a format that nobody knows', { type: 'string', format: 'shoe-size' }, 'x', long],
    ['a tuple of 2020-12', { type: 'array', prefixItems: [{ type: 'integer' }] }, [1], [1, long]],
    ['a constant', { const: 'x' }, 'x', 'y'],
  ] as const) {
    test(`${what} is closed and bounded`, () => {
      assert.equal(takes(schema, taken), true);
      assert.equal(takes(schema, refused), false);
    });
  }

  test('references and the tuples of draft-07 hold', () => {
    const root = { $schema: DRAFT_07, definitions: { d: { type: 'string' } } };
    assert.equal(takes({ $ref: '#/definitions/d' }, 'x', root), true);
    assert.equal(takes({ $ref: '#/definitions/d' }, long, root), false);
    const tuple = { type: 'array', items: [{ type: 'integer' }], additionalItems: false };
    assert.equal(takes(tuple, [1], root), true);
    assert.equal(takes(tuple, ['x'], root), false);
    assert.equal(takes(tuple, [1, 2], root), false);
  });

  for (const schema of [
    'text',
    null,
    [],
    { type: 'string' },
    {},
    { type: 'object', properties: { a: { $ref: 'https://example.com/x' } } },
    { type: 'object', properties: { a: { $ref: '#/$defs/none' } } },
    { type: 'object', properties: { a: { type: 'strong' } } },
    { type: 'object', patternProperties: { '^(?!x)': { type: 'string' } } },
  ]) {
    test(`says why ${JSON.stringify(schema)} cannot be confined`, () => {
      const confined = confineSchema(schema);
      assert.ok('problem' in confined && confined.problem !== '');
    });
  }

  test('what it accepts after that, it accepted before, and it passes the lint of our own schemas', () => {
    const name = fc.constantFrom('a', 'b');
    const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 2, depthSize: 'small' },
        fc.constantFrom<unknown>(true, {}, { type: 'string' }, { type: 'integer', minimum: 0 }, { enum: ['x', 1] }),
        fc.constantFrom<unknown>(
          { type: ['string', 'null'] },
          { minLength: 1 },
          { $ref: '#/$defs/d' },
          { type: 'array' },
        ),
        fc.record(
          { type: fc.constant('object'), properties: fc.dictionary(name, tie('schema')), required: fc.subarray(['a']) },
          { requiredKeys: [] },
        ),
        fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
        fc.record({ type: fc.constant('array'), items: tie('schema') }),
        fc.record({ items: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), additionalItems: tie('schema') }),
        fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
        fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
      ),
    }));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom<unknown>('', 'x', 1, -1, 0.5, null, true),
        fc.dictionary(name, tie('value'), { maxKeys: 2 }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }));
    let taken = 0;
    fc.assert(
      fc.property(schema, schema, fc.array(value, { minLength: 6, maxLength: 6 }), (a, d, values) => {
        const original = { $schema: DRAFT_07, type: 'object', properties: { a }, $defs: { d } };
        const confined = confineSchema(original);
        if ('problem' in confined) return;
        assert.deepEqual(lintSchema(confined.schema, { what: 'input', where: 'it' }), []);
        const [before, after] = [compile(original), compile(confined.schema)];
        for (const one of values) {
          if (after({ a: one }) !== undefined) continue;
          taken += 1;
          assert.equal(before({ a: one }), undefined);
        }
      }),
      { numRuns: 150, endOnFailure: true },
    );
    assert.ok(taken > 50);
  });

  test('every schema of honest servers can be confined', {
    skip: existsSync(corpora) ? false : 'no corpora beside the project',
  }, () => {
    const problems: string[] = [];
    let read = 0;
    for (const file of readdirSync(corpora).filter((each) => each.endsWith('.jsonl'))) {
      for (const line of readFileSync(new URL(file, corpora), 'utf8').trim().split('\n')) {
        const tool: unknown = JSON.parse(line);
        for (const use of ['input', 'output'] as const) {
          const schema = isObject(tool) ? tool[`${use}Schema`] : undefined;
          if (schema === undefined) continue;
          read += 1;
          const confined = confineSchema(schema, use);
          if ('problem' in confined) problems.push(confined.problem);
        }
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(read > 50);
  });
});
