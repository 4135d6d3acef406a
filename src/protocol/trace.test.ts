import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTraceId } from './trace.ts';

const hex = (length: number) =>
  fc
    .array(fc.nat(15), { minLength: length, maxLength: length })
    .map((digits) => digits.map((n) => n.toString(16)).join(''));

test('the trace id of every well-formed parent is read', () => {
  fc.assert(
    fc.property(hex(32), hex(16), hex(2), (trace, span, flags) => {
      const isZero = /^0+$/.test(trace) || /^0+$/.test(span);
      assert.equal(parseTraceId(`00-${trace}-${span}-${flags}`), isZero ? undefined : trace);
    }),
  );
});

test('anything else has none', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';
  assert.equal(parseTraceId(`00-${trace}-${span}-01`), trace);
  for (const value of [
    `01-${trace}-${span}-01`,
    `ff-${trace}-${span}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${span}-01-x`,
    `00-${trace}-${span}-01\n`,
    ` 00-${trace}-${span}-01`,
    `00-${trace}-${span}`,
    '',
    undefined,
    null,
    7,
    [`00-${trace}-${span}-01`],
  ]) {
    assert.equal(parseTraceId(value), undefined, String(value));
  }
});
