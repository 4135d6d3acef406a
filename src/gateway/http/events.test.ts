import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LinkError } from '../link.ts';
import { EventReader } from './events.ts';

/** What a stream comes to, in the pieces that it comes in. */
function read(chunks: readonly (string | Buffer)[], most = 1_000) {
  const events: [string, string][] = [];
  const reader = new EventReader(most, ({ type, data }) => events.push([type, data.toString()]));
  for (const chunk of chunks) reader.write(Buffer.from(chunk));
  return { events, reader };
}

const STREAM =
  '\uFEFF: hello\r\n\r\nid: 7\nretry: 250\ndata: {"a":\ndata: 1}\n\nevent: x\rdata:two\r\rdata\n\ndata: cut';

test('events have their type and their data, whatever ends a line and wherever the stream is cut', () => {
  const expected = [
    ['message', '{"a":\n1}'],
    ['x', 'two'],
  ];
  const whole = Buffer.from(STREAM);
  const { events, reader } = read([whole]);
  assert.deepEqual(events, expected);
  assert.deepEqual([reader.lastId, reader.retryMs], ['7', 250]);
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const pieces = at.slice(1).map((end, index) => whole.subarray(at[index], end));
      assert.deepEqual(read(pieces).events, expected);
    }),
  );
});

test('lines end alike by LF, CR and CRLF, one character at a time', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const text = ['data: a', 'data: b', '', 'data: c', '', ''].join(end);
    const expected = [
      ['message', 'a\nb'],
      ['message', 'c'],
    ];
    assert.deepEqual(read([text]).events, expected);
    // Nothing tells yet whether an LF belongs to the CR at the very end.
    assert.deepEqual(read(text.split('')).events, expected);
  }
});

test('an id that could end a header is none, nor one without end', () => {
  const { reader } = read(['id: good\ndata: 1\n\n', 'id: a\0b\n\n', 'id: \u00e9\n\n', `id: ${'x'.repeat(900)}y\n\n`]);
  assert.equal(reader.lastId, `${'x'.repeat(900)}y`);
  assert.equal(read(['id: good\n\n', 'id: a\0b\n\n', `id: ${'x'.repeat(1_025)}\n\n`], 4_096).reader.lastId, 'good');
});

const TOO_LARGE: readonly (readonly [string, readonly string[]])[] = [
  ['a line without end', ['data: ', 'x'.repeat(600), 'x'.repeat(600)]],
  ['lines without end', Array.from({ length: 30 }, () => `data: ${'x'.repeat(50)}\n`)],
  ['a comment without end', [': ', 'x'.repeat(1_100)]],
];

for (const [name, chunks] of TOO_LARGE) {
  test(`an event is bounded: ${name}`, () => {
    assert.throws(
      () => read(chunks),
      (error) => error instanceof LinkError && error.detail === 'an event of its stream has more than 1000 bytes',
    );
  });
}

test('an event comes in a bounded number of pieces, and a minute of a stream is bounded', () => {
  const empty = Buffer.from('data:\n'.repeat(10_000));
  assert.throws(
    () =>
      read(
        Array.from({ length: 14 }, () => empty),
        1e9,
      ),
    LinkError,
  );
  const comments = Buffer.from(':\n'.repeat(4 * 1024 * 1024));
  const { reader } = read([], 1_000);
  for (let n = 0; n < 8; n++) reader.write(comments);
  assert.throws(
    () => reader.write(comments),
    (error) => error instanceof LinkError && error.detail.endsWith('bytes a minute'),
  );
});
