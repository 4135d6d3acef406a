import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRegistry } from './registry.ts';
import { formsOf } from './secret-forms.ts';

/** What `replace` has to give, position by position. */
function replaceSlowly(secrets: readonly string[], text: string): string {
  const forms = secrets.flatMap((secret) => formsOf(secret)).filter((form) => form.length >= 4);
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  let [out, covered] = ['', 0];
  for (let at = 0; at < text.length; at++) {
    const end = Math.max(-1, ...forms.filter((form) => folded.startsWith(form, at)).map((form) => at + form.length));
    if (end > covered) {
      if (at >= covered) out += '[secret]';
      covered = end;
    }
    if (at >= covered) out += text[at];
  }
  return out;
}

const secret = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'A', '7'), minLength: 6, maxLength: 12 }),
  fc.string({ minLength: 6, maxLength: 80 }),
  fc.constantFrom('correct horse battery staple 7', 'p\u00e4ssw\u00f6rd'),
);

test('what is found by jumping is what is found by looking everywhere', () => {
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(30), { maxLength: 6 }),
      fc.string(),
      (secrets, picks, noise) => {
        const registry = createRegistry();
        for (const one of secrets) registry.remember(one);
        const forms = secrets.flatMap((one) => formsOf(one));
        const text =
          picks.map((pick) => `${forms[pick % forms.length] ?? ''}${noise.slice(0, pick % 4)}`).join('') + noise;
        const replaced = registry.replace(text, text.length);
        assert.equal(replaced, replaceSlowly(secrets, text));
        for (const [start, end] of registry.spans(text)) assert.ok(start < end && end <= text.length);
      },
    ),
    { numRuns: 500 },
  );
});

test('a secret that is forgotten is found no more, and others still are', () => {
  const registry = createRegistry();
  const forget = registry.remember('abcdef');
  registry.remember('a much longer secret than the other');
  assert.equal(registry.replace('x abcdef y', 100), 'x [secret] y');
  forget();
  assert.equal(registry.replace('x abcdef a much longer secret than the other', 100), 'x abcdef [secret]');
});

test('the beginning of a secret counts at the end of a text, from six characters on', () => {
  const registry = createRegistry();
  registry.remember('correct horse battery staple 7');
  assert.deepEqual(registry.spans('say correct'), [[4, 11]]);
  assert.deepEqual(registry.spans('say corre'), []);
  assert.deepEqual(registry.spans('say correct.'), []);
  assert.deepEqual(registry.spans('correct horse battery staple 7, correct horse'), [
    [0, 30],
    [32, 45],
  ]);
  assert.deepEqual(createRegistry().spans('correct'), []);
});
