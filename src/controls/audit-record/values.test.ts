import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { testSettings } from '../../../test/support/settings.ts';
import { tool } from '../../server/tool.ts';
import { recordedValues } from './values.ts';

const file = tool({
  name: 'file',
  description: 'Files a ticket.',
  input: z.strictObject({
    ticket: z.string().max(500),
    email: z.string().max(100),
    note: z.string().max(100),
    count: z.number(),
  }),
  output: z.strictObject({ ok: z.boolean() }),
  scope: 'tickets:write',
  effect: 'write',
  record: { ticket: 'clear', email: 'hash', count: 'clear' },
  run: () => ({ ok: true }),
});
const settings = testSettings({
  server: { tools: [file] },
  redact: (text) => text.replaceAll('hunter2', '[redacted]'),
  digest: (text) => `digest-of-${text}`.padEnd(43, '-'),
});
const target = settings.catalog.tools.get('file');

function values(args: unknown): unknown {
  return JSON.parse(recordedValues(target, args, settings) ?? 'null');
}

test('declared arguments are recorded in their form, and any other is dropped', () => {
  assert.deepEqual(values({ ticket: 'T-1', email: 'a@b.example', note: 'private', count: 3 }), {
    ticket: 'T-1',
    email: 'digest-of-a@b.example-',
    count: 3,
  });
  assert.deepEqual(values({ note: 'private' }), {});
  assert.deepEqual(values({ __proto__: { ticket: 'x' } }), {});
});

test('what is recorded in clear is redacted, then cut', () => {
  assert.deepEqual(values({ ticket: `key hunter2 ${'x'.repeat(100)}` }), {
    ticket: `key [redacted] ${'x'.repeat(46)}...`,
  });
  assert.deepEqual(values({ ticket: `${'x'.repeat(61)}hunter2` }), { ticket: `${'x'.repeat(61)}...` });
  assert.deepEqual(values({ ticket: ['a', { b: 1 }], email: { b: 1, a: 2 }, count: null }), {
    ticket: '["a",{"b":1}]',
    email: 'digest-of-{"a":2,"b":1',
    count: null,
  });
});

test('a record has an end', () => {
  assert.ok((recordedValues(target, { ticket: '"'.repeat(500), email: 'x', count: 1 }, settings) ?? '').length <= 480);
});

test('what declares nothing records nothing', () => {
  assert.equal(recordedValues(testSettings().catalog.tools.get('echo'), { text: 'x' }, settings), undefined);
  assert.equal(recordedValues(undefined, { ticket: 'x' }, settings), undefined);
  assert.equal(recordedValues(target, 'x', settings), undefined);
});

test('an argument that there is none of cannot be declared', () => {
  const { options } = tool({ ...file.options, record: { tickets: 'clear' } });
  assert.throws(
    () => testSettings({ server: { tools: [{ kind: 'tool', options }] } }),
    /tool "file", record: unknown option "tickets"; did you mean "ticket"/,
  );
});
