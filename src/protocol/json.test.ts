import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson, parseJsonText, type JsonLimits } from './json.ts';

const LIMITS: JsonLimits = { depth: 32, string: 1_000, items: 100, keys: 200 };

function problemOf(text: string, limits: JsonLimits = LIMITS): string | undefined {
  const parsed = parseJson(Buffer.from(text), limits);
  return 'problem' in parsed ? parsed.problem : undefined;
}

/** A tree that is written as text by hand, so that its objects can name a key twice. */
type Tree = { readonly text: string } | { readonly list: readonly Tree[] } | { readonly entries: readonly Entry[] };
type Entry = { readonly key: string; readonly value: Tree };

/** The same few keys, plain and escaped, with what could mislead a scanner inside of them. */
const KEYS = ['"a"', '"\\u0061"', '"b"', '"a:b"', '"\\"a\\":"', '"\\\\"', '"{"', '""'];
const LEAVES = ['1', '-0', '1.5e3', 'true', 'null', '"x"', '"a\\":1,\\"a"', '"\\\\"', '":"', '"[{"', '"\\u00e9"'];

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...LEAVES).map((text) => ({ text })),
    fc.array(tie('tree'), { maxLength: 4 }).map((list) => ({ list })),
    fc
      .array(fc.record({ key: fc.constantFrom(...KEYS), value: tie('tree') }), { maxLength: 4 })
      .map((entries) => ({ entries })),
  ),
}));

function write(node: Tree): string {
  if ('text' in node) return node.text;
  if ('list' in node) return `[ ${node.list.map(write).join(' ,')}]`;
  return `{${node.entries.map(({ key, value }) => `${key} :${write(value)}`).join(', ')}\n}`;
}

/** The slow way: each object on its own, its keys decoded and compared with one another. */
function namesTwice(node: Tree): boolean {
  if ('text' in node) return false;
  if ('list' in node) return node.list.some(namesTwice);
  const keys = node.entries.map(({ key }): unknown => JSON.parse(key));
  return new Set(keys).size < keys.length || node.entries.some(({ value }) => namesTwice(value));
}

/** What the tree means. JSON.parse reads single strings and numbers only: it can mistake an escaped key for another. */
function meaning(node: Tree): unknown {
  if ('text' in node) return JSON.parse(node.text);
  if ('list' in node) return node.list.map(meaning);
  return Object.fromEntries(node.entries.map(({ key, value }) => [String(JSON.parse(key)), meaning(value)]));
}

test('a key that an object names twice is found, and nothing else is taken for one', () => {
  let twice = 0;
  fc.assert(
    fc.property(tree, (node) => {
      const text = write(node);
      const parsed = parseJsonText(text, LIMITS);
      if (namesTwice(node)) {
        twice += 1;
        assert.deepEqual(parsed, { problem: 'duplicate key' });
      } else assert.deepEqual(parsed, { value: meaning(node) });
    }),
    { numRuns: 5_000, seed: 1 },
  );
  assert.ok(twice > 100, 'the generator names keys twice often enough to tell');
});

test('an escaped key is itself, whatever keys were seen before', () => {
  for (const seen of ['\\\\', '\\\\u', '\\\\u0', '\\\\u00']) {
    assert.equal(problemOf(`{"name":1,"${seen}":2}`), undefined);
    assert.equal(problemOf(`{"${seen}":2}`), undefined);
  }
  const read = (text: string) => parseJson(Buffer.from(text), LIMITS);
  assert.deepEqual(read('{"name":1,"\\u0062":[{}, [ ] ,"\\u0062"]}'), { value: { name: 1, b: [{}, [], 'b'] } });
  assert.deepEqual(read('{"name":1,"\\u006f\\u006b":{"\\n":-1.5e3}}'), { value: { name: 1, ok: { '\n': -1500 } } });
  assert.deepEqual(read('{"name":1,"\\"":null}'), { value: { name: 1, '"': null } });
  assert.deepEqual(read('{"name":1,"n\\u0061me":2}'), { problem: 'duplicate key' });
  assert.deepEqual(read('{"name":1,"\\u006eame":2}'), { problem: 'duplicate key' });
});

test('whatever JSON.stringify writes is read back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      const unusual = /"__proto__"|\\ud[89a-f]/i.test(text);
      const parsed = parseJson(Buffer.from(text), { depth: 64, string: 10_000, items: 10_000, keys: 10_000 });
      if (unusual) return;
      assert.ok('value' in parsed);
      assert.equal(JSON.stringify(parsed.value), text);
    }),
    { numRuns: 2_000 },
  );
});

test('bytes of any kind end in a value or a problem, and a value is one that JSON.parse agrees with', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    '\\',
    '\\u',
    'd800',
    '0',
    '-',
    'e9',
    '.',
    'null',
    ' ',
  );
  const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')));
  fc.assert(
    fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      const parsed = parseJson(bytes, LIMITS);
      if ('problem' in parsed) assert.equal(typeof parsed.problem, 'string');
      else if (!bytes.includes(0x5c)) assert.deepEqual(parsed.value, JSON.parse(Buffer.from(bytes).toString('utf8')));
    }),
    { numRuns: 10_000 },
  );
});

test('depth is bounded exactly, whatever mixture of lists and objects makes it', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 30, maxLength: 35 }), (lists) => {
      const open = lists.map((isList) => (isList ? '[' : '{"k":')).join('');
      const shut = lists.map((isList) => (isList ? ']' : '}')).toReversed();
      const expected = lists.length > 32 ? 'nested deeper than 32' : undefined;
      assert.equal(problemOf(`${open}"[[[{{{"${shut.join('')}`), expected);
    }),
  );
});

test('a text far deeper than any stack is refused without being walked', () => {
  assert.equal(problemOf('['.repeat(5_000_000)), 'nested deeper than 32');
  assert.equal(problemOf('{"a":'.repeat(1_000_000)), 'nested deeper than 32');
});

test('lists, keys and strings are bounded exactly', () => {
  const limits = { depth: 8, string: 3, items: 2, keys: 3 };
  assert.equal(problemOf('[1,2]', limits), undefined);
  assert.equal(problemOf('[1,2,3]', limits), 'more than 2 items');
  assert.equal(problemOf('[{"a":1,"b":2},{"a":3}]', limits), undefined);
  assert.equal(problemOf('[{"a":1,"b":2},{"a":3,"b":4}]', limits), 'more than 3 keys');
  assert.equal(problemOf('"abc"', limits), undefined);
  assert.equal(problemOf('"abcd"', limits), 'string longer than 3');
  assert.equal(problemOf('{"abcd":1}', limits), 'string longer than 3');
});

test('a key that reaches the prototype is refused wherever it stands and however it is written', () => {
  for (const key of ['__proto__', '\\u005f_proto__', '__pr\\u006Fto__']) {
    assert.equal(problemOf(`{"${key}":{"admin":true}}`), 'prototype key');
    assert.equal(problemOf(`[{"a":{"${key}":1}}]`), 'prototype key');
  }
  assert.equal(problemOf('{"constructor":{"prototype":{}}}'), 'prototype key');
  assert.equal(problemOf('{"constructor":{"name":"x"}}'), undefined);
  assert.equal(problemOf('{"constructor":"prototype"}'), undefined);
  assert.equal(Object.hasOwn(Object.prototype, 'admin'), false);
});

test('a lone surrogate is refused in values and keys, a pair is not', () => {
  for (const text of ['"\\ud800"', '"\\udc00"', '"\\udc00\\ud800"', '{"\\ud800":1}', '["a\\uDBFF"]']) {
    assert.equal(problemOf(text), 'lone surrogate', text);
  }
  assert.deepEqual(parseJson(Buffer.from('"\\ud83d\\ude00"'), LIMITS), { value: '\u{1f600}' });
});

test('bytes that are no UTF-8 are refused: overlong, surrogate, cut, out of range, and a byte-order mark', () => {
  for (const bytes of [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80], [0xff], [0x80]]) {
    assert.deepEqual(parseJson(Buffer.from([0x22, ...bytes, 0x22]), LIMITS), { problem: 'not valid UTF-8' });
  }
  assert.deepEqual(parseJson(Buffer.from('\ufeff{}'), LIMITS), { problem: 'not valid JSON' });
});

test('numbers that no double can hold are refused', () => {
  for (const text of ['1e999', '-1e999', '[1e400]', '{"a":-1e309}', `1${'0'.repeat(400)}`]) {
    assert.equal(problemOf(text), 'number out of range', text);
  }
  assert.equal(problemOf('1e308'), undefined);
  assert.equal(problemOf('1e-999'), undefined);
});

test('what looks like JSON and is not is refused', () => {
  for (const text of ['', ' ', '{}{}', '{"a":1,}', '[1,]', "{'a':1}", 'NaN', '0x10', '01', '// x\n1', '"a\nb"', '+1']) {
    assert.equal(problemOf(text), 'not valid JSON', text);
  }
});
