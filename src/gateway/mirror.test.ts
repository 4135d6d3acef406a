import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mirrors } from './mirror.ts';

const tool = (name: string, properties: object): object => ({ name, inputSchema: { type: 'object', properties } });
const TOOLS = [
  tool('plain', { a: { type: 'string' } }),
  tool('query', {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    page: { type: 'object', properties: { size: { type: 'integer', 'x-mcp-header': 'Page-Size' } } },
    fresh: { type: 'boolean', 'x-mcp-header': 'Fresh' },
  }),
  tool('bad', { list: { type: 'array', items: { type: 'string', 'x-mcp-header': 'X' } } }),
  tool('leaky', { password: { type: 'string', 'x-mcp-header': 'Password' } }),
];

test('arguments are repeated in the headers that their tool names, and a tool with wrong annotations is left out', () => {
  const mirrors = new Mirrors();
  const dropped: string[] = [];
  const kept = mirrors.learn(TOOLS, true, true, (name) => dropped.push(name));
  assert.deepEqual(kept, TOOLS.slice(0, 2));
  assert.deepEqual(dropped, ['bad', 'leaky']);
  const headersOf = (name: string, args: object) => mirrors.headersFor({ name, arguments: args });
  assert.equal(headersOf('plain', { a: 'x' }), undefined);
  assert.equal(headersOf('unknown', {}), undefined);
  assert.deepEqual(headersOf('query', { region: 'us-west1', page: { size: 42 }, fresh: false }), {
    'mcp-param-region': 'us-west1',
    'mcp-param-page-size': '42',
    'mcp-param-fresh': 'false',
  });
  assert.deepEqual(headersOf('query', { region: 'line1\nline2', page: null }), {
    'mcp-param-region': '=?base64?bGluZTEKbGluZTI=?=',
  });
  assert.deepEqual(headersOf('query', { region: '=?base64?literal?=' }), {
    'mcp-param-region': '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=',
  });
});

test('what a list says is known when all of its pages are there', () => {
  const mirrors = new Mirrors();
  mirrors.learn([TOOLS[1]], true, true, () => undefined);
  mirrors.learn([TOOLS[0]], true, false, () => undefined);
  assert.deepEqual(mirrors.headersFor({ name: 'query', arguments: { region: 'a' } }), { 'mcp-param-region': 'a' });
  mirrors.learn([], false, true, () => undefined);
  assert.equal(mirrors.headersFor({ name: 'query', arguments: { region: 'a' } }), undefined);
});
