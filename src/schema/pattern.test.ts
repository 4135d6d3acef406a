import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, patternFacts } from './pattern.ts';

suite('pattern', () => {
  test('bounds', () => {
    const table: readonly (readonly [string, number, boolean])[] = [
      ['^[a-z]{1,9}$', 9, true],
      ['^[A-Z]{2}-\\d{4}$', 7, true],
      ['^a*$', Infinity, true],
      ['^a{3,}$', Infinity, true],
      ['^a?b?$', 2, false],
      ['^a+b+$', Infinity, false],
      ['^(a|b)$', Infinity, false],
      ['^a|b$', Infinity, false],
      ['a{3}', Infinity, false],
      ['^a{3}', Infinity, true],
      ['^a\\$', Infinity, true],
      ['^a\\\\$', 2, true],
      ['^[^\\]x]{4}?$', 4, true],
      ['^\\bfoo$', Infinity, false],
      ['^[a$', Infinity, false],
    ];
    for (const [source, maxLength, simple] of table) {
      const facts = patternFacts(source);
      // A pattern with two varying quantifiers is still bounded.
      assert.equal(facts.maxLength, maxLength, source);
      assert.equal(facts.simple, simple, source);
    }
  });

  test('engines print unlike each other, and the same source shares one', () => {
    assert.notEqual(String(compilePattern('(a)+')), String(compilePattern('(b)+')));
    assert.equal(compilePattern('(a)+'), compilePattern('(a)+'));
  });

  test('agrees with the native engine', () => {
    const sources = ['^[a-c]{1,3}$', '(a|b)+c?$', '^\\w+-\\d$', '^[^a]*$', '^(?<x>a)b$', '^\\u0061+$', 'b.c', '^a\\-b'];
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '1'), maxLength: 8 }),
        (source, text) => {
          assert.equal(compilePattern(source).test(text), new RegExp(source).test(text));
        },
      ),
    );
  });

  test('whatever matches is no longer than the bound', () => {
    const atom = fc.constantFrom('a', '[ab]', '\\d', '\\$', '.');
    const times = fc.constantFrom('', '?', '{2}', '{0,3}');
    const source = fc.array(fc.tuple(atom, times), { maxLength: 4 }).map((parts) => `^${parts.flat().join('')}$`);
    fc.assert(
      fc.property(source, fc.string({ unit: fc.constantFrom('a', 'b', '1', '$'), maxLength: 16 }), (text, value) => {
        if (new RegExp(text, 'u').test(value)) assert.ok(value.length <= patternFacts(text).maxLength);
      }),
    );
  });
});
