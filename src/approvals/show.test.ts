import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeArguments, fitsForm, formLines, isWholeInForm, listArguments } from './show.ts';

const same = (text: string): string => text;

test('arguments are shown as they would run, one on a line, whatever is in them', () => {
  const args = describeArguments(
    { b: 'x\ny', a: [1, { z: null, k: true }] },
    { a: [1, { z: null, k: true }], b: 'x\ny' },
    same,
  );
  assert.deepEqual(args, { sent: '{"a":[1,{"k":true,"z":null}],"b":"x\\ny"}' });
  assert.deepEqual(formLines(args), ['  a: [1,{"k":true,"z":null}]', '  b: "x\\ny"']);
});

test('what the schema fills in is shown as well', () => {
  const args = describeArguments({ a: 1 }, { a: 1, all: true }, same);
  assert.deepEqual(args, { sent: '{"a":1}', read: '{"a":1,"all":true}' });
  assert.deepEqual(formLines(args), ['  a: 1', '  all: true']);
  // What JSON cannot hold is shown as it was sent.
  assert.deepEqual(describeArguments({ a: 1 }, { a: 1n }, same), { sent: '{"a":1}' });
});

test('nothing that runs is shown as empty', () => {
  const sent = { ids: [1, 2], by: [['a', 'b']] };
  const read = { ids: new Set([1, 2]), by: new Map([['a', new Set(['b'])]]), all: true };
  assert.deepEqual(formLines(describeArguments(sent, read, same)), [
    '  all: true',
    '  by: [["a",["b"]]]',
    '  ids: [1,2]',
  ]);
  class Account {
    readonly #id = 7;
    id = () => this.#id;
  }
  for (const value of [new Account(), /a/, Number.NaN, () => 7, Symbol('a')])
    assert.deepEqual(formLines(describeArguments({ to: 7 }, { to: value }, same)), ['  to: 7']);
});

test('long arguments do not push another one out of sight', () => {
  const long = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`a${at}`, 'x'.repeat(5_000)]));
  const lines = formLines(describeArguments({ ...long, to: 'eve@evil.example' }, undefined, same));
  assert.equal(lines.at(-1), '  to: "eve@evil.example"');
  assert.equal(lines.length, 13);
  assert.ok(lines.join('').length <= 4_000);
});

test('what cannot be seen is shown as an escape', () => {
  const hidden = 'a\u202eb\u200bc\u{e0041}d\u0007e\ufefff\u00adg';
  assert.deepEqual(listArguments(JSON.stringify({ [hidden]: hidden })), [
    {
      name: '"a\\u{202e}b\\u{200b}c\\u{e0041}d\\u0007e\\u{feff}f\\u{ad}g"',
      text: '"a\\u{202e}b\\u{200b}c\\u{e0041}d\\u0007e\\u{feff}f\\u{ad}g"',
    },
  ]);
});

test('a form cuts what is long, and says how long it is', () => {
  const [line = ''] = formLines({ sent: JSON.stringify({ text: 'x'.repeat(1_000) }) });
  assert.match(line, /^ {2}text: "x{399} \.\.\. \[cut: 1002 characters, SHA-256 [\w-]{43}\]$/);
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`name${index}`, 'y'.repeat(100)]));
  const lines = formLines({ sent: JSON.stringify(many) });
  assert.match(lines.at(-1) ?? '', /^ {2}\.\.\. and \d+ more, digest of all [\w-]{43}$/);
  assert.ok(lines.join('\n').length < 5_000);
  assert.equal(fitsForm({ sent: JSON.stringify(many) }), false);
  assert.equal(fitsForm({ sent: '{}' }), true);
});

test('a form is whole when nothing in it is cut', () => {
  const isWhole = (value: unknown): boolean => isWholeInForm({ sent: JSON.stringify(value) });
  assert.equal(isWhole({ a: 1, b: 'x'.repeat(398) }), true);
  assert.equal(isWhole({ a: 1, b: `${'x'.repeat(398)};` }), false);
  assert.equal(isWhole({ ['n'.repeat(101)]: 1 }), false);
  // Each is short, and all together are cut.
  assert.equal(isWhole(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`a${at}`, 'x'.repeat(398)]))), false);
});

test('the secrets of the server are taken out', () => {
  const withhold = (text: string): string => text.replaceAll('hunter22', '[secret]');
  assert.deepEqual(describeArguments({ a: 'hunter22' }, { a: 'hunter22', b: 1 }, withhold), {
    sent: '{"a":"[secret]"}',
    read: '{"a":"[secret]","b":1}',
  });
});

test('no argument makes a line of its own, or an invisible character', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
      const lines = formLines(describeArguments(value, value, same));
      for (const line of lines) {
        assert.doesNotMatch(line, /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u);
        assert.match(line, /^ {2}/);
      }
    }),
    { numRuns: 2_000 },
  );
});
