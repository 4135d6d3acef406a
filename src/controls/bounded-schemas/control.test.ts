import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../protocol/json.ts';
import { configure } from './control.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

const CLOSED = { type: 'object', additionalProperties: false } as const;

function check(input: JsonObject, output?: JsonObject, kind: 'tool' | 'resource' | 'prompt' = 'tool') {
  const declared = { kind, name: 'notes', description: '', input, output, untrusted: [], hasAuthorize: true };
  const facts = {
    ...NO_FACTS,
    profile: 'dev',
    http: undefined,
    hasIssuer: true,
    devAuthorizationServer: false,
    hasRecorder: true,
  } as const;
  return configure()({ ...facts, declared: [declared], insecure: [] });
}

const field = (schema: unknown): JsonObject => ({ ...CLOSED, properties: { field: schema } });

test('a closed and bounded schema passes', () => {
  assert.deepEqual(check(CLOSED), []);
  assert.deepEqual(check(field({ type: 'string', maxLength: 9 }), field({ type: 'string' })), []);
});

test('an open object is refused with its place and the way to mend it', () => {
  assert.deepEqual(check({ type: 'object', properties: {} }), [
    'tool "notes", input: an open object: it accepts names that it does not declare. ' +
      'Use z.strictObject instead of z.object or z.looseObject (additionalProperties: false).',
  ]);
});

test('whatever has no end is refused', () => {
  assert.equal(check(field({ type: 'string' })).length, 1);
  assert.equal(check(field({ type: 'array', items: { type: 'integer' } })).length, 1);
  assert.equal(check(field({ type: 'object', additionalProperties: { type: 'integer' } })).length > 0, true);
  assert.equal(check(field(true)).length, 1);
  assert.equal(check(field({})).length, 1);
});

test('outputs are checked as well, except for the length of texts', () => {
  assert.equal(check(CLOSED, { type: 'object' }).length, 1);
  assert.equal(check(CLOSED, field({ type: 'array', items: { type: 'string' } })).length, 1);
});

test('resources and prompts are held to the same', () => {
  for (const kind of ['resource', 'prompt'] as const) {
    const [line = ''] = check({ type: 'object', properties: {} }, undefined, kind);
    assert.equal(line.startsWith(`${kind} "notes", input: an open object`), true, line);
  }
});

test('a schema that reaches outside of itself, or that nobody understands, is refused', () => {
  const hostile: readonly JsonObject[] = [
    field({ $ref: 'https://schemas.example/text.json' }),
    field({ $ref: '#/$defs/missing' }),
    field({ $ref: 'file:///etc/passwd' }),
    { ...CLOSED, $schema: 'https://schemas.example/dialect' },
    field({ type: 'text' }),
    field({ type: 'string', maxLength: 9, pattern: '(?<=a)b' }),
    field({ type: 'string', maxLength: 9, pattern: '(' }),
  ];
  for (const schema of hostile) assert.equal(check(schema).length > 0, true, JSON.stringify(schema));
});

test('a schema that is nested without end is refused, and checking it ends', () => {
  let nested: JsonObject = CLOSED;
  for (let depth = 0; depth < 5000; depth++) nested = { ...CLOSED, properties: { a: nested } };
  assert.equal(check(nested).length > 0, true);
  const wide = { anyOf: Array.from({ length: 5000 }, (_, index) => ({ const: index })) };
  assert.equal(check(field({ allOf: Array.from({ length: 30 }, () => wide) })).length > 0, true);
});
