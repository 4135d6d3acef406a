import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical.ts';

test('keys are in order of their code units, at every depth', () => {
  assert.equal(
    canonicalJson({ b: 1, a: { d: [2, { z: null, y: 'x' }], c: true } }),
    '{"a":{"c":true,"d":[2,{"y":"x","z":null}]},"b":1}',
  );
  assert.equal(
    canonicalJson({ '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4 }),
    '{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude00":4}',
  );
});

test('what JSON has no word for is left out', () => {
  assert.equal(canonicalJson(undefined), 'null');
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}');
});

test('equal values have equal texts, whatever the order in which they were written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      assert.equal(canonicalJson(reversed), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});
