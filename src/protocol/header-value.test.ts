import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeHeaderValue } from './header-value.ts';

/** The client's side: plain where the specification lets it, else the sentinel. */
function encode(value: string): string {
  const plain = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(value);
  return plain && !value.startsWith('=?base64?') ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

test('every text comes back as it was', () => {
  const awkward = fc.constantFrom(
    ' a',
    'a ',
    '\t',
    '',
    '=?base64?',
    '=?base64?QQ==?=',
    'a\r\nb',
    '\u0000',
    '\u00e9',
    '\u{1f600}',
  );
  fc.assert(
    fc.property(fc.oneof(awkward, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' })), (value) => {
      assert.equal(decodeHeaderValue(encode(value)), value);
    }),
    { numRuns: 5_000 },
  );
});

test('the sentinel must hold whole Base64 of whole UTF-8', () => {
  assert.equal(decodeHeaderValue('=?base64?SGVsbG8=?='), 'Hello');
  assert.equal(decodeHeaderValue('=?base64??='), '');
  for (const inner of [
    'SGVsbG8',
    'SGVs!!!bG8=',
    'SGVsbG8=\n',
    'SGVs bG8=',
    'SGVsbG8==',
    '=',
    'SGVsbG_-',
    '/w==',
    '7aCA',
  ]) {
    assert.equal(decodeHeaderValue(`=?base64?${inner}?=`), undefined, inner);
  }
});

test('half a sentinel is plain text', () => {
  assert.equal(decodeHeaderValue('=?base64?SGVsbG8='), '=?base64?SGVsbG8=');
  assert.equal(decodeHeaderValue('SGVsbG8=?='), 'SGVsbG8=?=');
  assert.equal(decodeHeaderValue('=?base64?='), '=?base64?=');
  assert.equal(decodeHeaderValue('=?BASE64?SGVsbG8=?='), '=?BASE64?SGVsbG8=?=');
});

test('a plain value is visible ASCII with blanks inside only', () => {
  assert.equal(decodeHeaderValue(''), '');
  assert.equal(decodeHeaderValue('a b\tc'), 'a b\tc');
  for (const raw of [' a', 'a ', '\ta', 'a\u00e9', 'a\u0080b', 'a\nb', 'a\u0000', '\u007f', 'a\rb']) {
    assert.equal(decodeHeaderValue(raw), undefined, JSON.stringify(raw));
  }
});

test('whatever a header holds, the answer is a well-formed text or nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.boolean(), (text, wrapped) => {
      const value = decodeHeaderValue(wrapped ? `=?base64?${text}?=` : text);
      assert.ok(value === undefined || value.isWellFormed());
    }),
    { numRuns: 5_000 },
  );
});

test('a long value that ends in a blank is refused as fast as any', () => {
  assert.equal(decodeHeaderValue('a '.repeat(500_000)), undefined);
});
