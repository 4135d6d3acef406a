import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const of = (body: string, before = '', shape = 'word: z.string()'): string | undefined =>
  judgeCode(rule, toolServer(body, shape, before))?.status;

test('wrong: an expression that a caller writes, whole or in part', () => {
  assert.equal(of('return notes.filter((note) => new RegExp(input.word).test(note));'), 'fail');
  assert.equal(of("const found = RegExp('\\\\b' + input.word + '\\\\b', 'gi').exec(text);"), 'fail');
});

test('right: escaped before, by hand or by a function that does', () => {
  assert.equal(of("new RegExp(input.word.replace(/[.*+?^${}()|[\\]\\\\]/g, '\\\\$&'), 'i').test(text);"), 'pass');
  assert.equal(of('new RegExp(RegExp.escape(input.word)).test(text);'), 'pass');
  assert.equal(of('new RegExp(escape(input.word)).test(text);', "import escape from 'escape-string-regexp';"), 'pass');
});

test('right: letters alone, one of a list, an expression of the server itself, an engine without backtracking', () => {
  assert.equal(of('new RegExp(input.word).test(text);', '', 'word: z.string().regex(/^\\w+$/)'), 'pass');
  assert.equal(of('new RegExp(input.word).test(text);', '', "word: z.enum(['a+', 'b+'])"), 'pass');
  assert.equal(of('new RegExp(process.env.WORD).test(input.word);'), 'pass');
  assert.equal(of('new RE2(input.word).test(text);', "import RE2 from 're2';"), 'pass');
});
