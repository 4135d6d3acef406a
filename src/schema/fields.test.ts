import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { dangerousFields } from './dangerous.ts';
import { listFields, wordsOf } from './fields.ts';
import type { JsonSchema } from './json-schema.ts';
import { identityFields, objectIdFields } from './object-ids.ts';
import { toJsonSchema } from './standard.ts';

const text = { type: 'string', maxLength: 100 };
const of = (properties: Readonly<Record<string, unknown>>): JsonSchema => ({
  type: 'object',
  properties,
  additionalProperties: false,
});

suite('fields', () => {
  test('words of a name', () => {
    assert.deepEqual(wordsOf('userId'), ['user', 'id']);
    assert.deepEqual(wordsOf('HTTPServer-url.2x'), ['http', 'server', 'url', '2x']);
    assert.deepEqual(wordsOf('__'), []);
  });

  test('fields are found wherever they stand', () => {
    const schema = {
      ...of({
        a: { $ref: '#/$defs/x' },
        list: { type: 'array', items: of({ b: text }) },
        either: { anyOf: [of({ c: text }), { type: 'null' }] },
        map: { type: 'object', additionalProperties: of({ d: text }) },
      }),
      $defs: { x: of({ e: text, loop: { $ref: '#/$defs/x' } }) },
      if: { required: ['a'] },
      ...Object.fromEntries(['then'].map((keyword) => [keyword, { properties: { f: text } }])),
    };
    assert.deepEqual(
      listFields(schema)
        .map((field) => field.path)
        .sort(),
      ['a', 'a.e', 'a.loop', 'either', 'either.c', 'f', 'list', 'list[].b', 'map', 'map.*.d'],
    );
  });
});

suite('object ids', () => {
  test('ids of objects', () => {
    const schema = z.strictObject({
      id: z.string().max(9),
      note_id: z.int(),
      noteId: z.string().max(9).nullable(),
      ids: z.array(z.string().max(9)).max(3),
      parent: z.uuid(),
      handle: z.string().max(9),
      order_number: z.string().max(9),
      blob_ref: z.string().max(9),
      nested: z.strictObject({ fileUUID: z.string().max(40) }),
    });
    assert.deepEqual(objectIdFields(toJsonSchema(schema, 'input')), [
      'id',
      'note_id',
      'noteId',
      'ids',
      'parent',
      'handle',
      'order_number',
      'blob_ref',
      'nested.fileUUID',
    ]);
  });

  test('what is no id', () => {
    const schema = z.strictObject({
      phrase: z.string().max(9),
      width: z.int(),
      valid: z.boolean(),
      page_number: z.int(),
      request_id: z.string().max(9),
      timezoneId: z.string().max(9),
      kind_id: z.enum(['a', 'b']),
      android: z.string().max(9),
      identity: z.string().max(9),
      paid: z.boolean(),
      reference_text: z.string().max(9),
    });
    assert.deepEqual(objectIdFields(toJsonSchema(schema, 'input')), []);
  });

  test('identity that a model supplies', () => {
    const names = [
      'userId',
      'user_id',
      'tenantId',
      'tenant',
      'role',
      'owner',
      'principal',
      'subject',
      'is_admin',
      'on_behalf_of',
      'orgId',
    ];
    const schema = of({ ...Object.fromEntries(names.map((name) => [name, text])), deep: of({ 'USER-ID': text }) });
    assert.deepEqual(
      identityFields(schema).map((problem) => problem.path),
      [...names, 'deep.USER-ID'],
    );
    assert.deepEqual(identityFields(schema, { untrusted: [...names, 'deep.USER-ID'] }), []);
    assert.deepEqual(identityFields(of({ tenant: text }))[0], {
      id: 'model-supplied-identity',
      path: 'tenant',
      message: 'tenant: identity, tenancy and roles come from the verified token, not from the model',
      mend: 'Use the context\'s principal, or list "tenant" under "untrusted" if it is plain data.',
    });
  });

  test('the same words with another meaning', () => {
    assert.deepEqual(identityFields(of({ subject: text, body: text, to: text })), []);
    assert.deepEqual(identityFields(of({ owner: text, repo: text })), []);
    assert.deepEqual(identityFields(of({ role: { enum: ['user', 'assistant'] } })), []);
    assert.equal(identityFields(of({ role: { enum: ['user', 'admin'] } })).length, 1);
    assert.deepEqual(identityFields(of({ username: text, users: text, scope_note: text })), []);
  });
});

suite('dangerous fields', () => {
  const ids = (
    properties: Readonly<Record<string, unknown>>,
    about?: { name?: string; description?: string },
  ): string[] => dangerousFields(of(properties), about).map((problem) => `${problem.id} ${problem.path}`);

  test('generic verbs', () => {
    const names = [
      'command',
      'cmd',
      'shell_command',
      'sql',
      'sqlQuery',
      'eval',
      'script',
      'python_code',
      'url',
      'callback_url',
      'path',
      'filePath',
    ];
    assert.deepEqual(ids(Object.fromEntries(names.map((name) => [name, text]))), [
      'generic-command command',
      'generic-command cmd',
      'generic-command shell_command',
      'generic-sql sql',
      'generic-sql sqlQuery',
      'generic-code eval',
      'generic-code script',
      'generic-code python_code',
      'open-url url',
      'open-url callback_url',
      'open-path path',
      'open-path filePath',
    ]);
    assert.deepEqual(ids({ code: { type: 'string' } }), ['generic-code code']);
    assert.deepEqual(ids({ url: { type: 'string', format: 'uri' } }), ['open-url url']);
    assert.deepEqual(ids({ command: {} }), ['generic-command command']);
  });

  test('constrained fields and plain words are left alone', () => {
    assert.deepEqual(
      ids({
        command: { enum: ['start', 'stop'] },
        path: { type: 'string', pattern: '^[a-z]+$' },
        url: { type: 'string', pattern: '^https://a\\.example/' },
      }),
      [],
    );
    assert.deepEqual(
      ids({
        country_code: text,
        code: { type: 'string', maxLength: 6 },
        description: text,
        transcript: text,
        curl: text,
        sql_timeout: { type: 'integer' },
      }),
      [],
    );
  });

  test('query is a search phrase unless the tool speaks of a database', () => {
    assert.deepEqual(ids({ query: text }, { name: 'search_notes', description: 'Find notes.' }), []);
    assert.deepEqual(ids({ query: text }, { name: 'run_sql' }), ['generic-sql query']);
    assert.deepEqual(ids({ query: text }, { name: 'read', description: 'Query the PostgreSQL server' }), [
      'generic-sql query',
    ]);
  });
});
