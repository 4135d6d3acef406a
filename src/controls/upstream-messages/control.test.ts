import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const strict = configure(new Set());
const off = configure(new Set(['upstream-messages']));
const bytes = (text: string): Uint8Array => Buffer.from(text);

test('a message is strict JSON-RPC, and nothing else is one', () => {
  assert.deepEqual(strict.read(bytes('{"jsonrpc":"2.0","id":1,"result":{}}')), {
    message: { jsonrpc: '2.0', id: 1, result: {} },
  });
  for (const [text, fault] of [
    ['Server started', 'a message that is not valid JSON'],
    ['{"jsonrpc":"2.0","id":1,"id":2}', 'a message that is duplicate key'],
    ['{"jsonrpc":"2.0","__proto__":{}}', 'a message that is prototype key'],
    [
      `{"jsonrpc":"2.0","id":1,"result":{"a":${'['.repeat(70)}${']'.repeat(70)}}}`,
      'a message that is nested deeper than 64',
    ],
    ['[]', 'something that is no message'],
    ['null', 'something that is no message'],
    ['{"id":1,"result":{}}', 'something that is no message'],
    ['{"jsonrpc":"1.0","id":1,"result":{}}', 'something that is no message'],
  ] as const)
    assert.deepEqual(strict.read(bytes(text)), { fault });
});

test('an answer is to the request of exactly its id', () => {
  assert.equal(strict.requestOf(7), 7);
  for (const id of ['7', null, undefined, [7], { id: 7 }, true]) assert.equal(strict.requestOf(id), undefined);
});

test('an answer has one of result and error', () => {
  assert.equal(strict.kindOf({ result: {} }), 'result');
  assert.equal(strict.kindOf({ error: {} }), 'error');
  for (const answer of [
    {},
    { result: {}, error: {} },
    { result: 'text' },
    { error: 'text' },
    { result: [], error: null },
  ])
    assert.equal(strict.kindOf(answer), undefined);
});

test('a notification is about the request of its token, or about none', () => {
  const waiting = new Map([
    [1, 'first'],
    [2, 'second'],
  ]);
  assert.deepEqual(strict.about(2, waiting), ['second']);
  for (const token of [3, '2', undefined, null]) assert.deepEqual(strict.about(token, waiting), []);
});

test('ten thousand messages that answer nothing are borne, and one more is a flood', () => {
  const flood = strict.createFlood();
  for (let n = 0; n < 10_000; n++) assert.equal(flood.grows(), false);
  assert.equal(flood.grows(), true);
});

test('a message has eight megabytes at most', () => {
  assert.equal(strict.mostBytes, 8_388_608);
});

test('with the control off what can be read is believed', () => {
  assert.equal(off.read(bytes('Server started')), undefined);
  assert.deepEqual(off.read(bytes('{"id":1,"id":2}')), { message: { id: 2 } });
  assert.equal(off.requestOf('7'), 7);
  assert.equal(off.kindOf({ result: {}, error: {} }), 'result');
  assert.deepEqual(off.about('any', new Map([[1, 'first']])), ['first']);
  assert.equal(off.mostBytes, 67_108_864);
  const flood = off.createFlood();
  for (let n = 0; n < 10_001; n++) assert.equal(flood.grows(), false);
});
