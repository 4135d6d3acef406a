import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../pipeline/context.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { legacyQuestion, legacyResult } from './shape.ts';

function shape(method: string, version: string, result: JsonObject): JsonObject {
  const exchange = new Exchange('stdio', 'legacy');
  exchange.message = { kind: 'request', id: 1, method, params: {} };
  exchange.version = version;
  return legacyResult(exchange, result);
}

const VERSIONS = ['2025-03-26', '2025-06-18', '2025-11-25'] as const;

test('no revision has the members of the modern era', () => {
  const modern = { resultType: 'complete', ttlMs: 1, cacheScope: 'private', _meta: { a: 1 }, nextCursor: 'c' };
  for (const version of VERSIONS)
    assert.deepEqual(shape('tools/list', version, { ...modern, tools: [] }), { nextCursor: 'c', tools: [] });
});

test('definitions have the members of their revision', () => {
  const tool = { name: 'n', title: 't', icons: [], inputSchema: {}, outputSchema: { type: 'object' }, _meta: {} };
  const expected = [
    { name: 'n', inputSchema: {} },
    { name: 'n', title: 't', inputSchema: {}, outputSchema: { type: 'object' }, _meta: {} },
    tool,
  ];
  VERSIONS.forEach((version, index) =>
    assert.deepEqual(shape('tools/list', version, { tools: [tool] }), { tools: [expected[index]] }),
  );
  const prompt = { name: 'p', title: 't', arguments: [{ name: 'a', title: 'A', required: true }] };
  assert.deepEqual(shape('prompts/list', '2025-03-26', { prompts: [prompt] }), {
    prompts: [{ name: 'p', arguments: [{ name: 'a', required: true }] }],
  });
  assert.deepEqual(shape('prompts/list', '2025-11-25', { prompts: [prompt] }), { prompts: [prompt] });
  const resource = { uri: 'u', name: 'r', title: 't', icons: [] };
  assert.deepEqual(shape('resources/list', '2025-06-18', { resources: [resource] }), {
    resources: [{ uri: 'u', name: 'r', title: 't' }],
  });
  assert.deepEqual(shape('resources/templates/list', '2025-03-26', { resourceTemplates: [resource] }), {
    resourceTemplates: [{ uri: 'u', name: 'r' }],
  });
});

test('structured content is an object, from 2025-06-18 on', () => {
  const content = [{ type: 'text', text: '7' }];
  const result = { content, structuredContent: { a: 7 } };
  assert.deepEqual(shape('tools/call', '2025-03-26', result), { content });
  assert.deepEqual(shape('tools/call', '2025-06-18', result), result);
  assert.deepEqual(shape('tools/call', '2025-11-25', { content, structuredContent: 7 }), { content });
  const tool = { name: 'n', outputSchema: { type: 'number' } };
  assert.deepEqual(shape('tools/list', '2025-11-25', { tools: [tool] }), { tools: [{ name: 'n' }] });
});

test('a link is text before 2025-06-18', () => {
  const link = { type: 'resource_link', uri: 'notes://a', name: 'a', title: 'A', icons: [] };
  const shaped = (version: string) => shape('tools/call', version, { content: [link] })['content'];
  assert.deepEqual(shaped('2025-03-26'), [{ type: 'text', text: 'a: notes://a' }]);
  assert.deepEqual(shaped('2025-06-18'), [{ type: 'resource_link', uri: 'notes://a', name: 'a', title: 'A' }]);
  assert.deepEqual(shaped('2025-11-25'), [link]);
  const message = { role: 'user', content: link };
  assert.deepEqual(shape('prompts/get', '2025-03-26', { messages: [message] }), {
    messages: [{ role: 'user', content: { type: 'text', text: 'a: notes://a' } }],
  });
});

test('questions have the form of their revision', () => {
  const field = { oneOf: [{ const: 'r', title: 'Red' }, { const: 'g' }], title: 'Colour' };
  const params = { mode: 'form', message: 'Which?', requestedSchema: { type: 'object', properties: { field } } };
  const form = { method: 'elicitation/create', params };
  assert.deepEqual(legacyQuestion(form, '2025-11-25', 'x'), form);
  assert.deepEqual(legacyQuestion(form, '2025-06-18', 'x'), {
    method: 'elicitation/create',
    params: {
      message: 'Which?',
      requestedSchema: {
        type: 'object',
        properties: { field: { type: 'string', title: 'Colour', enum: ['r', 'g'], enumNames: ['Red', 'g'] } },
      },
    },
  });
  const url = { method: 'elicitation/create', params: { mode: 'url', message: 'm', url: 'https://example.com' } };
  assert.deepEqual(legacyQuestion(url, '2025-11-25', 'x'), {
    method: 'elicitation/create',
    params: { mode: 'url', message: 'm', url: 'https://example.com', elicitationId: 'x' },
  });
  const roots = { method: 'roots/list', params: {} };
  assert.equal(legacyQuestion(roots, '2025-03-26', 'x'), roots);
});
