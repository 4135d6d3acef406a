import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { inspect } from './inspect.ts';

const refuses = (schema: unknown, message: RegExp): void => {
  assert.throws(() => inspect(schema as Record<string, unknown>), { name: 'SchemaError', message });
};

suite('inspect', () => {
  test('nothing is fetched and nothing points to nowhere', () => {
    for (const $ref of [
      'https://evil.example/s.json',
      'http://127.0.0.1/',
      'file:///etc/passwd',
      'other.json',
      '//x/y',
    ]) {
      refuses(
        { properties: { a: { $ref } } },
        /points outside of the schema at \/properties\/a\. References are never/,
      );
    }
    refuses({ $ref: '#/$defs/a' }, /points to nothing at the root/);
    refuses({ $ref: '#nowhere' }, /points to nothing/);
    refuses({ $ref: '#/%' }, /points to nothing/);
    refuses({ $ref: '#/x/y', x: { y: {} } }, /points to nothing/);
    refuses({ $dynamicRef: 'https://evil.example/#a' }, /points outside/);
    refuses({ properties: { a: { $id: 'https://evil.example/', $ref: '#' } } }, /Only the root may carry/);
    refuses({ $recursiveRef: '#' }, /\$recursiveRef is not supported/);
    assert.equal(inspect({ $defs: { 'a/b~': { type: 'string' } }, $ref: '#/$defs/a~1b~0' }).references, true);
    assert.deepEqual(inspect({ $defs: { 'a b': { type: 'null' } }, $ref: '#/$defs/a%20b' }).resolve('#/$defs/a%20b'), {
      type: 'null',
    });
  });

  test('budgets', () => {
    const nest = (depth: number): Record<string, unknown> => (depth === 1 ? {} : { not: nest(depth - 1) });
    assert.equal(inspect(nest(32)).nodes.size, 32);
    refuses(nest(33), /may be 32 deep/);
    refuses({ anyOf: Array.from({ length: 2000 }, () => true) }, /may have 2000 subschemas/);
    refuses({ description: 'x'.repeat(256 * 1024) }, /262144 bytes/);
    const loop: Record<string, unknown> = {};
    loop['not'] = loop;
    refuses(loop, /must be JSON/);
  });

  test('dialects', () => {
    assert.equal(inspect({}).dialect, '2020-12');
    assert.equal(inspect({ $schema: 'https://json-schema.org/draft/2020-12/schema' }).dialect, '2020-12');
    assert.equal(inspect({ $schema: 'http://json-schema.org/draft-07/schema#' }).dialect, 'draft-07');
    refuses({ $schema: 'http://json-schema.org/draft-04/schema#' }, /dialect is not supported/);
    refuses({ $schema: 'https://evil.example/meta' }, /dialect is not supported/);
    refuses({ items: [{}] }, /"items" must be a schema \(a tuple is "prefixItems"\)/);
    assert.equal(inspect({ $schema: 'http://json-schema.org/draft-07/schema#', items: [{}] }).nodes.size, 2);
  });

  test('malformed keywords', () => {
    refuses(undefined, /must be an object/);
    refuses([], /must be an object/);
    refuses({ type: 'text' }, /"type" must be a type name/);
    refuses({ type: ['string', 'string'] }, /"type" must be/);
    refuses({ maxLength: -1 }, /"maxLength" must be a whole number from 0/);
    refuses({ maxLength: '1;process.exit()' }, /"maxLength" must be/);
    refuses({ minimum: Number.NaN }, /"minimum" must be a number/);
    refuses({ exclusiveMinimum: true }, /"exclusiveMinimum" must be a number/);
    refuses({ multipleOf: 0 }, /"multipleOf" must be a number above 0/);
    refuses({ required: 'a' }, /"required" must be a list of distinct strings/);
    refuses({ allOf: [] }, /"allOf" must be a list of schemas that is not empty/);
    refuses({ properties: { a: 1 } }, /must be an object or a boolean at \/properties\/a/);
    refuses({ enum: 'a' }, /"enum" must be a list/);
  });

  test('patterns that no linear engine runs', () => {
    for (const pattern of [
      '(?=a)',
      '(a)\\1',
      '(?<n>a)\\k<n>',
      '(?<!a)b',
      '[',
      '(?i)a',
      '\\Qa\\E',
      'a\\z',
      '[[:alpha:]]',
      'a{1001}',
    ]) {
      refuses({ pattern }, /cannot run in linear time at \/pattern\. Use a regular expression without look-around/);
    }
    refuses({ patternProperties: { '(?=a)': {} } }, /cannot run in linear time/);
    for (const pattern of [
      '^\\u0041$',
      '\\p{Script=Greek}',
      '^a\\-b$',
      '[^]',
      '\\cJ',
      '^(?<y>\\d{4})$',
      '\\u{1F600}',
    ]) {
      assert.equal(inspect({ pattern }).nodes.size, 1, pattern);
    }
  });

  test('formats', () => {
    refuses({ format: 'color' }, /Use one of date, time, date-time/);
    assert.equal(inspect({ format: 'color', pattern: '^#' }).nodes.size, 1);
    assert.equal(inspect({ format: 'color' }, { unknownFormats: 'ignore' }).nodes.size, 1);
    assert.equal(inspect({ format: 'int64' }).nodes.size, 1);
  });

  test('a name of a prototype is noticed', () => {
    assert.equal(inspect({ properties: { toString: {} } }).inheritedNames, true);
    assert.equal(inspect({ required: ['valueOf'] }).inheritedNames, true);
    assert.equal(inspect({ properties: { text: {} } }).inheritedNames, false);
  });

  test('any JSON either passes or is refused with a SchemaError', () => {
    const words = fc.constantFrom(
      'properties',
      'items',
      '$ref',
      'allOf',
      'type',
      'pattern',
      '$defs',
      'if',
      '#',
      'string',
      'a',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        words,
        fc.boolean(),
        fc.integer(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(words, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(words, tree), (schema) => {
        try {
          inspect(schema);
        } catch (error) {
          assert.equal((error as Error).name, 'SchemaError');
        }
      }),
    );
  });
});
