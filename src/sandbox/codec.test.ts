import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CodecError, decode, encode } from './codec.ts';
import { createFrameReader, writeFrame } from './frames.ts';
import { readMessage } from './messages.ts';

const LIMITS = { jsonBytes: 1_000_000, dataBytes: 1_000_000, values: 100_000, depth: 66 };
const cross = (value: unknown): unknown => createFrameReader(LIMITS).push(writeFrame(value))[0];

test('what JSON has not crosses all the same', () => {
  const values = {
    nothing: null,
    list: [undefined, -0, Number.NaN, Number.POSITIVE_INFINITY, 12345678901234567890n, true, 'caf\u00e9 \ud83d\ude00'],
    date: new Date(86_400_000),
    bytes: new Uint8Array([0, 255, 1]),
    view: new Uint16Array([258]),
    map: new Map<unknown, unknown>([[1, new Set(['a'])]]),
    tagged: { $: 'u', v: 1, nested: { $: 'x' } },
  };
  assert.deepEqual(cross(values), { ...values, view: new Uint8Array([2, 1]) });
  assert.deepEqual(cross({ absent: undefined }), {});
});

test('any value of these kinds comes back as it was, in whatever pieces it comes', () => {
  const value = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: false,
    withUnicodeString: true,
  } as never);
  fc.assert(
    fc.property(fc.array(value, { maxLength: 3 }), fc.integer({ min: 1, max: 7 }), (messages, size) => {
      const bytes = Buffer.concat(messages.map((message) => writeFrame(clean(message))));
      const reader = createFrameReader(LIMITS);
      const read: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
      assert.deepEqual(read, messages.map(clean));
    }),
    { numRuns: 300 },
  );
});

/** Without members that are undefined, or that would be a prototype: neither crosses. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [clean(key), clean(member)]));
  if (value instanceof Set) return new Set([...value].map(clean));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const kept = Object.entries(value).filter(([key, member]) => member !== undefined && key !== '__proto__');
  return Object.fromEntries(kept.map(([key, member]) => [key, clean(member)]));
}

test('what cannot cross is refused where it is', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const value of [() => 1, Symbol('x'), { deep: [() => 1] }, circle])
    assert.throws(() => encode(value), CodecError);
});

test('hostile bytes are refused or read, and never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        for (const message of createFrameReader(LIMITS).push(bytes)) readMessage(message);
      } catch (error) {
        assert.ok(error instanceof CodecError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.json(), (json) => {
      try {
        readMessage(decode(json, new Uint8Array(4), LIMITS));
      } catch (error) {
        assert.ok(error instanceof CodecError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a byte is given out once, however often a message names it', () => {
  const twice = JSON.stringify([0, 1].map(() => ({ $: 'b', v: [0, 3] })));
  assert.throws(() => decode(twice, new Uint8Array(4), LIMITS), { message: 'bytes that did not come' });
  const bytes = new Uint8Array([1, 2]);
  assert.deepEqual(cross([bytes, bytes, new Uint8Array()]), [bytes, bytes, new Uint8Array()]);
});

test('numbers as keys are few, because they can be made to collide', () => {
  const numbers = Array.from({ length: 4_097 }, (_, index) => index);
  const some = numbers.slice(1);
  assert.deepEqual(cross(new Set(some)), new Set(some));
  assert.deepEqual(cross(numbers), numbers);
  assert.deepEqual(cross(new Set(numbers.map(String))), new Set(numbers.map(String)));
  const halves = [new Set(some.slice(0, 2_048)), new Map(numbers.slice(0, 2_049).map((key) => [BigInt(key), 0]))];
  for (const value of [new Set(numbers), new Map(numbers.map((key) => [key, 0])), halves])
    assert.throws(() => encode(value), CodecError);
  for (const json of [
    { $: 's', v: numbers },
    { $: 'm', v: numbers.map((key) => [{ $: 'n', v: `${key}` }, 0]) },
    [
      { $: 's', v: some },
      { $: 's', v: [0] },
    ],
  ])
    assert.throws(() => decode(JSON.stringify(json), new Uint8Array(), LIMITS), CodecError);
});

test('limits hold before anything is built', () => {
  const head = (json: number, data: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(json, 0);
    bytes.writeUInt32LE(data, 4);
    return bytes;
  };
  assert.throws(() => createFrameReader(LIMITS).push(head(1_000_001, 0)), CodecError);
  assert.throws(() => createFrameReader(LIMITS).push(head(2, 1_000_001)), CodecError);
  const many = JSON.stringify(Array.from({ length: 11 }, () => 0));
  assert.throws(() => decode(many, new Uint8Array(), { values: 11, depth: 5 }), { message: 'too many values' });
  assert.throws(() => decode('[[[1]]]', new Uint8Array(), { values: 100, depth: 2 }), { message: 'nested too deep' });
  assert.throws(() => decode('{"$":"b","v":[-1,2]}', new Uint8Array(4), LIMITS), CodecError);
  assert.throws(() => decode('{"$":"b","v":[0,5]}', new Uint8Array(4), LIMITS), CodecError);
  assert.throws(() => decode('{"$":"n","v":"1e9"}', new Uint8Array(), LIMITS), CodecError);
  assert.throws(() => decode('{"a":{"__proto__":1}}', new Uint8Array(), LIMITS), CodecError);
  assert.throws(() => decode('{"$":"o","v":{"__proto__":1}}', new Uint8Array(), LIMITS), CodecError);
});
