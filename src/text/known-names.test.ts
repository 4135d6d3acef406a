import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { distance, resembles } from './known-names.ts';

suite('names that others could be taken for', () => {
  for (const [name, like] of [
    ['@modelcontextprotocols/server-filesystem', { name: '@modelcontextprotocol/server-filesystem', why: 'letters' }],
    ['@modelcontextprotocol/server-filesytem', { name: '@modelcontextprotocol/server-filesystem', why: 'letters' }],
    ['@playwrigth/mcp', { name: '@playwright/mcp', why: 'letters' }],
    ['firecrawl_mcp', { name: 'firecrawl-mcp', why: 'letters' }],
    ['@somebody/server-filesystem', { name: '@modelcontextprotocol/server-filesystem', why: 'scope' }],
    ['server-filesystem', { name: '@modelcontextprotocol/server-filesystem', why: 'scope' }],
    ['@playwright/mcp', undefined],
    ['@somebody/mcp', undefined],
    ['my-own-notes', undefined],
  ] as const)
    test(name, () => assert.deepEqual(resembles(name), like));

  test('short names are like others by one letter alone', () => {
    assert.deepEqual(resembles('mcpx', ['mcpy']), { name: 'mcpy', why: 'letters' });
    assert.equal(resembles('abcd', ['wxcd']), undefined);
  });
});

test('the distance of two names', () => {
  assert.equal(distance('abc', 'abc'), 0);
  assert.equal(distance('abc', 'acb'), 1);
  assert.equal(distance('abc', 'xabcd'), 2);
  assert.equal(distance('', 'abc'), 3);
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      assert.equal(distance(a, b), distance(b, a));
      assert.ok(distance(a, b) <= Math.max(a.length, b.length));
      assert.equal(distance(a, b) === 0, a === b);
    }),
  );
});
