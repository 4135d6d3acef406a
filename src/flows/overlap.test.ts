import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fold, leavesOf } from './fold.ts';
import { compare, lengthOf, remember } from './overlap.ts';
import { readingsOf } from './readings.ts';
import { Trace, traceKey } from './trace.ts';

const KEY = traceKey('c2VjcmV0IGtleSBvZiBzb21lIGxlbmd0aA');
const empty = (): Trace => new Trace(KEY);
const of = (text: string, said: readonly string[] = []): Trace => {
  const trace = empty();
  remember(trace, [text], said, empty);
  return trace;
};

test('a fold keeps letters and digits, whatever stands between or upon them', () => {
  for (const text of [
    'Caf\u00e9 No. 7',
    'CAFE no 7',
    'c.a.f.e-n_o 7',
    'c\u200bafe\u00ad no7',
    '\uff23\uff21\uff26\uff25 no\u00a07',
    '\u0441\u0430fe no 7',
  ])
    assert.equal(fold(text), 'cafeno7', text);
  assert.equal(fold('\u6f22\u5b57 12'), '\u6f22\u5b5712');
  assert.equal(fold(' .,;\n'), '');
});

test('leaves are the texts and numbers of a value, without its keys', () => {
  assert.deepEqual(leavesOf({ a: 'x', b: [1, { c: 'y', type: 'z' }], d: true, e: null }, new Set(['type'])), [
    'x',
    '1',
    'y',
  ]);
});

suite('a trace', () => {
  test('finds every stretch that was added, and nothing else', () => {
    const trace = empty();
    trace.add('thequickbrownfoxjumps');
    assert.deepEqual(trace.find('xxthequickbrownxx', 6), [{ from: 2, length: 13 }]);
    assert.deepEqual(trace.find('tehqikcbronwofxupmjs', 6), []);
    assert.deepEqual(trace.find('short', 6), []);
  });

  test('is the same after it was written and read', () => {
    const trace = of('The quick brown fox jumps over the lazy dog, twice a day.');
    const read = Trace.parse(KEY, trace.serialise());
    assert.deepEqual(read.find('lazydogtwiceaday', 6), [{ from: 0, length: 16 }]);
    read.add('something else entirely'.replaceAll(' ', ''));
    assert.equal(read.find('thequickbrown', 13).length, 1);
    for (const cut of [5, 100, 4_099])
      assert.throws(() => Trace.parse(KEY, trace.serialise().subarray(0, cut)), RangeError);
  });

  test('holds nothing that another key can ask about', () => {
    const other = traceKey('YW5vdGhlciBrZXkgb2Ygc29tZSBsZW5ndGg');
    const read = Trace.parse(other, of('The quick brown fox jumps over the lazy dog.').serialise());
    assert.deepEqual(read.find('thequickbrownfoxjumps', 8), []);
  });

  test('grows, and says when it is full', () => {
    const trace = empty();
    assert.equal(trace.full, false);
    let block = 0;
    const write = (): string => Array.from({ length: 157 }, () => hash('sha512', String((block += 1)), 'hex')).join('');
    const text = write();
    trace.add(text);
    assert.equal(trace.full, false);
    assert.equal(trace.serialise().length, 4 + 4_096 + 16_384);
    assert.equal(trace.find(text.slice(9_000, 9_500), 500).length, 1);
    for (let round = 0; round < 6; round++) trace.add(write());
    assert.equal(trace.full, true);
    assert.equal(trace.serialise().length, 4 + 4_096 + 16_384 + 65_536);
    assert.match(compare(trace, ['hello'], true).why ?? '', /more than can be told apart/);
  });

  test('finds any piece of what was added, and its finds stand in the text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 12, maxLength: 200 }),
        fc.nat(180),
        fc.integer({ min: 6, max: 60 }),
        (text, from, length) => {
          const folded = fold(text);
          const piece = folded.slice(from, from + length);
          if (piece.length < 6) return;
          const trace = empty();
          trace.add(folded);
          assert.deepEqual(trace.find(piece, piece.length), [{ from: 0, length: piece.length }]);
        },
      ),
    );
  });
});

suite('an overlap', () => {
  const RECORD =
    'The board of Nordwind AG has agreed to sell its plant in Bremen for 41 million euros to a bidder from abroad.';
  const trace = of(RECORD, ['Nordwind AG']);

  test('is five words in a row going out, more where they are kept', () => {
    assert.equal(compare(trace, ['I hear they want to sell its plant in Bremen soon'], true).why, undefined);
    assert.match(
      compare(trace, ['agreed to sell its plant in Bremen'], true).why ?? '',
      /repeat what this task has read/,
    );
    assert.equal(compare(trace, ['agreed to sell its plant in Bremen'], false).why, undefined);
    assert.match(compare(trace, [RECORD], false).why ?? '', /repeat/);
    assert.match(
      compare(trace, [Buffer.from('agreed to sell its plant').toString('base64')], false).why ?? '',
      /base64/,
    );
  });

  test('is not what the caller had said itself, nor a date', () => {
    assert.deepEqual(compare(trace, ['Nordwind AG'], true), { why: undefined, pieces: [] });
    const dated = of('Next visit 2026-08-03T10:00 and 2026-09-14.');
    assert.deepEqual(compare(dated, ['2026-08-03T10:00', 'on 2026-09-14'], true), { why: undefined, pieces: [] });
  });

  test('is a number or an address by itself', () => {
    const card = of('Card 4111 1111 1111 1111, phone +351 912 345 678, mail jo@acme.example');
    for (const text of ['4111-1111-1111-1111', '00351912345678', 'JO@ACME.example'])
      assert.match(compare(card, [`x ${text} y`], true).why ?? '', /repeat/, text);
  });

  test('counts pieces that are too short by themselves', () => {
    const { why, pieces } = compare(trace, ['plant in Br', 'unrelated'], true);
    assert.equal(why, undefined);
    assert.equal(lengthOf(pieces), 9);
    assert.match(
      compare(trace, ['agreed to sell', 'for 41 million', 'plant in Bremen'].toReversed(), true).why ?? '',
      /repeat/,
    );
  });

  test('is presumed of what is too long to compare', () => {
    const long = 'the weather is fine '.repeat(4_000);
    assert.match(compare(trace, [long], true).why ?? '', /too long/);
  });

  test('ordinary letters share no more than words with a private one', () => {
    const letters = [
      'Dear all, thank you very much for your help with the migration. Please let me know by Friday whether the new dates work for you. Kind regards',
      'Could you send me the minutes of the last meeting? We have to agree on the budget before the end of the month.',
      'The release is planned for Tuesday. If anything comes up, call me or write to support@example.org.',
      'https://docs.example.org/guide/getting-started?utm_source=newsletter&section=install#linux',
      '{"query": "select id, title from tickets where state = \'open\' order by created desc limit 20"}',
    ];
    const mail = of(
      'Dear Ms Okafor, thank you for your patience. The committee met on Thursday and decided in your favour; the funds of 12,000 will be with you by the end of the quarter. Please keep this to yourself until the announcement. Kind regards, H. Lindqvist',
    );
    for (const letter of letters) assert.equal(compare(mail, [letter], true).why, undefined, letter);
  });
});

test('what is read in a text is bounded, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000, unit: 'binary' }), (text) => {
      const { readings } = readingsOf(text);
      const total = readings.reduce((sum, { text: read }) => sum + read.length, 0);
      assert.ok(total <= text.length * 48 + 4_096);
    }),
    { numRuns: 200 },
  );
  const nested = '%25'.repeat(5_000);
  assert.ok(readingsOf(nested).readings.length < 200);
});
