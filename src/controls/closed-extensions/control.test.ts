import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const closed = configure(new Set());
const open = configure(new Set(['closed-extensions']));
const text = { type: 'text', text: 'plain' };
const app = { uri: 'ui://app/page', mimeType: 'text/html;profile=mcp-app', text: '<p></p>' };
const APPS: readonly object[] = [
  { type: 'resource', resource: app },
  { type: 'resource_link', uri: 'UI://app/page', name: 'page' },
  {
    type: 'resource',
    resource: { uri: 'x://page', mimeType: 'text/html; charset=utf-8; profile="mcp-app"', text: '' },
  },
  { type: 'resource', resource: { uri: 'x://page', mimeType: 'text/html+skybridge', text: '' } },
  { type: 'resource', resource: { uri: 'x://page', mimeType: 'application/vnd.mcp-ui.remote-dom', text: '' } },
];

test('a result is complete, or asks for input, or is none', () => {
  for (const result of [{}, { resultType: 'complete' }]) assert.equal(closed.typeOf(result), 'complete');
  assert.equal(closed.typeOf({ resultType: 'input_required' }), 'input_required');
  for (const result of [
    { resultType: 'task' },
    { resultType: 'Complete' },
    { resultType: null },
    { resultType: 7 },
    { task: { taskId: '1' } },
    { resultType: 'complete', task: null },
  ])
    assert.equal(closed.typeOf(result), undefined, JSON.stringify(result));
});

test('pages of apps are taken out of results, of contents and of messages, and the rest stays', () => {
  for (const block of APPS) {
    assert.deepEqual(closed.strip({ content: [text, block] }), { content: [text] });
    assert.deepEqual(
      closed.strip({
        messages: [
          { role: 'user', content: block },
          { role: 'user', content: text },
        ],
      }),
      {
        messages: [{ role: 'user', content: text }],
      },
    );
  }
  assert.deepEqual(closed.strip({ contents: [app, { uri: 'x://a', text: '' }] }), {
    contents: [{ uri: 'x://a', text: '' }],
  });
  const plain = { content: [text, { type: 'resource', resource: { uri: 'x://ui', mimeType: 'text/html', text: '' } }] };
  assert.deepEqual(closed.strip({ ...plain, structuredContent: { a: 1 } }), { ...plain, structuredContent: { a: 1 } });
});

test('an item that is a page of an app belongs to an extension', () => {
  assert.equal(closed.extensionOf({ uri: 'ui://app/page', name: 'page' }), 'io.modelcontextprotocol/ui');
  assert.equal(closed.extensionOf({ uriTemplate: 'ui://app/{page}', name: 'page' }), 'io.modelcontextprotocol/ui');
  assert.equal(closed.extensionOf({ uri: 'x://ui', name: 'ui', mimeType: 'text/html' }), undefined);
});

test('with the control off every type is complete, and nothing is taken out', () => {
  assert.equal(open.typeOf({ resultType: 'task', task: {} }), 'complete');
  assert.equal(open.typeOf({ resultType: 'input_required' }), 'input_required');
  assert.deepEqual(open.strip({ content: APPS }), { content: APPS });
  assert.equal(open.extensionOf(app), undefined);
});
