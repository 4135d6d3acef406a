import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { checkTemplate, fragment, like, list, SqlFragment, type SqlValue } from './fragment.ts';
import type { Statement } from '../../controls/parameterised-queries/control.ts';
import { compileTemplate } from './template.ts';

const q = (strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): Statement =>
  compileTemplate(strings, values);

suite('sql templates', () => {
  test('values become placeholders, fragments their text', () => {
    assert.deepEqual(q`select * from t where a = ${1} and b = ${"'; drop table t --"}`, {
      text: 'select * from t where a = ? and b = ?',
      values: [1, "'; drop table t --"],
    });
    const inner = fragment`b = ${2}`;
    const where = fragment`where a = ${1} and ${inner} and c in ${list([3, 4])} and d in ${list([])}`;
    assert.deepEqual(q`select 1 ${where} limit ${5}`, {
      text: 'select 1 where a = ? and b = ? and c in (?, ?) and d in () limit ?',
      values: [1, 2, 3, 4, 5],
    });
    assert.deepEqual(
      q`select 1 where a like ${like('50%_\\x')} and b like ${like('x', 'start')} and c like ${like('x', 'end')}`,
      {
        text: "select 1 where a like ? escape '\\' and b like ? escape '\\' and c like ? escape '\\'",
        values: ['%50\\%\\_\\\\x%', 'x%', '%x'],
      },
    );
  });

  test('a value in quotes or in a comment is a mistake', () => {
    const message = /A value stands in quotes or in a comment\. Write = \$\{value\}, without quotes around it\./;
    assert.throws(() => q`select * from t where a = '${'x'}'`, { name: 'TypeError', message });
    assert.throws(() => q`select * from t where a like '%${'x'}%'`, { message });
    assert.throws(() => q`select "${'x'}"`, { message });
    assert.throws(() => q`select \`${'x'}\``, { message });
    assert.throws(() => q`select [${'x'}]`, { message });
    assert.throws(() => q`select 1 -- ${'x'}`, { message });
    assert.throws(() => q`select 1 /* ${'x'} */`, { message });
    assert.throws(() => q`select 'it''s ${'x'}'`, { message });
    assert.equal(
      q`select 'it''s', "a""b" -- c'
      , ${1} /* ' */`.values.length,
      1,
    );
  });

  test('one statement, ended', () => {
    const message = 'SQL must be one statement. Use db.transaction for several.';
    assert.throws(() => q`select 1; drop table t`, { message });
    assert.throws(() => q`select 1;select ${1}`, { message });
    assert.throws(() => q`select 1;${1}`, { message });
    assert.equal(q`select 1; -- the end`.text, 'select 1; -- the end');
    assert.equal(q`select ';' ;  `.values.length, 0);
    assert.throws(() => q`select 'a`, { message: 'SQL has a quote or a comment without an end.' });
    assert.throws(() => q`select 1 /* a`, { message: 'SQL has a quote or a comment without an end.' });
    assert.throws(() => q`select \0`, { message: 'SQL may not hold a NUL character.' });
  });

  test('placeholders of its own would shift the values', () => {
    for (const text of ['select ?', 'select ?1', 'select :a', 'select @a', 'select $a']) {
      assert.throws(() => compileTemplate([text], []), { message: /may not have placeholders of its own/ });
    }
    assert.equal(q`select ':a ?', data->'$.a' from t`.values.length, 0);
  });

  test('a string is not a template', () => {
    const forged: readonly unknown[] = [
      'select 1',
      ['select 1'],
      Object.assign(['select 1'], { raw: ['select 1'] }),
      Object.freeze(['select 1']),
      Object.freeze(Object.assign(['select 1'], { raw: ['select 1'] })),
      undefined,
    ];
    for (const strings of forged)
      assert.throws(() => checkTemplate(strings, []), { name: 'TypeError', message: /tagged template/ });
    assert.throws(() => fragment('1=1' as unknown as TemplateStringsArray), TypeError);
  });

  test('a fragment cannot be forged', () => {
    const forged = { strings: ['1=1 --'], values: [], flat: true };
    assert.equal(SqlFragment.is(forged), false);
    assert.equal(SqlFragment.is(Object.setPrototypeOf({ ...forged }, SqlFragment.prototype)), false);
    assert.equal(SqlFragment.is(JSON.parse(JSON.stringify(like('x')))), false);
    assert.throws(() => new SqlFragment(Symbol('fragment'), ['1=1'], []), {
      message: 'a fragment is made with fragment`...`',
    });
    // What is no fragment is bound, never spliced.
    assert.equal(q`select ${forged as unknown as string}`.text, 'select ?');
    assert.throws(() => list(Array.from({ length: 501 }, () => 1)), TypeError);
    assert.throws(() => like(1 as unknown as string), TypeError);
  });

  test('whatever the values, the text is that of the template', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        assert.deepEqual(
          q`select * from t where a = ${a} and b like ${like(b)}`.text,
          "select * from t where a = ? and b like ? escape '\\'",
        );
      }),
    );
  });

  test('any text is either refused or has one placeholder per value', () => {
    const piece = fc.string({
      unit: fc.constantFrom("'", '"', '`', '[', ']', '-', '/', '*', ';', '?', ':', 'a', ' ', '\n', '\\'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (strings) => {
        let statement: Statement;
        try {
          statement = compileTemplate(strings, strings.slice(1));
        } catch (error) {
          assert.ok(error instanceof TypeError);
          return;
        }
        const bare = statement.text.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*.*?\*\//gs, ' ');
        assert.equal(bare.split('?').length - 1, strings.length - 1);
      }),
      { numRuns: 2000 },
    );
  });
});
