import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { prompt } from '../../index.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const greeting = prompt({
  name: 'greeting',
  arguments: z.strictObject({ tone: z.string().max(20) }),
  scope: 's',
  get: () => [],
});
const settings = testSettings({ server: { prompts: [greeting] } });
const cursors = configure(settings);

function read(uri: unknown): string {
  const decision = cursors.decide(exchangeOf('resources/read', { uri }));
  assert.ok(!(decision instanceof Promise));
  return decision.pass ? 'pass' : `${decision.code}: ${decision.detail}`;
}

test('plain URIs pass, whatever their scheme', () => {
  for (const uri of [
    'notes://page',
    'n:a',
    'notes://a/b%20c.txt',
    'notes://a/...',
    'notes://a/..b/c..',
    'notes://100%25',
  ])
    assert.equal(read(uri), 'pass', uri);
});

test('traversal is refused however it is written', () => {
  for (const uri of [
    'notes://a/../b',
    'notes://a/..',
    'notes:../b',
    'notes://a/./b',
    'notes://a/%2e%2e/b',
    'notes://a/.%2E/b',
    'notes://a%2f..%2fb',
    'notes://a%5c..%5cb',
    'notes://a/%252e%252e/b',
    'notes://a/%25252e%25252e/b',
    'notes://a/..;/b',
    'notes://a/..?b',
  ])
    assert.equal(read(uri), 'RESOURCE_UNKNOWN: traversal', uri);
  assert.equal(read('notes://a/%2525252525252e'), 'RESOURCE_UNKNOWN: encoded too often');
});

test('anything but visible ASCII after a scheme is no URI', () => {
  for (const uri of [
    '',
    'page',
    '/page',
    'notes://a b',
    'notes://a\n',
    'notes://\u00e9',
    '1n://a',
    'notes:',
    7,
    null,
    ['n:a'],
  ])
    assert.equal(read(uri), 'RESOURCE_UNKNOWN: not a plain URI', String(uri));
});

function complete(argument: unknown): unknown {
  const exchange = exchangeOf('completion/complete', { argument });
  exchange.target = settings.catalog.prompts.get('greeting');
  return cursors.decide(exchange);
}

test('only declared arguments are completed', () => {
  assert.deepEqual(complete({ name: 'tone', value: '' }), { pass: true });
  for (const name of ['Tone', 'password', 'constructor', '__proto__', '', 7]) {
    assert.deepEqual(complete({ name, value: '' }), {
      pass: false,
      code: 'PARAMS_INVALID',
      detail: 'no such argument',
    });
  }
  assert.deepEqual(complete('tone'), { pass: false, code: 'PARAMS_INVALID' });
});

test('a cursor is good for its caller and its list alone', () => {
  const mine = exchangeOf('tools/list');
  const cursor = cursors.write(mine, 100);
  assert.equal(cursors.read(mine, cursor), 100);
  assert.equal(cursors.read(mine, undefined), 0);
  const others = [exchangeOf('prompts/list'), exchangeOf('tools/list', {}, { principal: principal({ id: 'bob-id' }) })];
  for (const other of others) assert.deepEqual(cursors.read(other, cursor), { pass: false, code: 'CURSOR_INVALID' });
  for (const made of ['100', '', `${cursor}A`, cursor.slice(0, -1), 100, null])
    assert.deepEqual(cursors.read(mine, made), { pass: false, code: 'CURSOR_INVALID' });
});
