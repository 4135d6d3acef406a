import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileUriTemplate } from './uri-template.ts';

const note = compileUriTemplate('notes://note/{id}/text');
const file = compileUriTemplate('files:///{+path}');
const plain = (values: Readonly<Record<string, string>> | undefined) =>
  values === undefined ? undefined : { ...values };

test('a simple variable takes one segment and is decoded once', () => {
  assert.deepEqual(plain(note.match('notes://note/42/text')), { id: '42' });
  assert.deepEqual(plain(note.match('notes://note/caf%C3%A9%20x/text')), { id: 'caf\u00e9 x' });
  assert.deepEqual(plain(note.match('notes://note/a%3Ab/text')), { id: 'a:b' });
  assert.deepEqual(note.variables, ['id']);
});

/** Ways to leave a segment, each as it is and in the forms that one or two decodings make of it. */
const ESCAPES = ['..', '.', '/', '\\', '../x', '..\\x', '?', '#', '\u0000', '\n', '%'];
const forms = ESCAPES.flatMap((text) => {
  const once = [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return [text, once, once.toUpperCase(), once.replaceAll('%', '%25'), once.replaceAll('%', '%2525')];
});

test('no value of a simple variable leaves its segment, however it is written', () => {
  const piece = fc.oneof(fc.constantFrom(...forms), fc.string({ maxLength: 3 }), fc.constantFrom('a', '1', '%41', '.'));
  let matched = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      const values = note.match(`notes://note/${pieces.join('')}/text`);
      if (values === undefined) return;
      matched += 1;
      let value = values['id'] ?? '';
      for (let decoding = 0; decoding < 3; decoding += 1) {
        assert.doesNotMatch(value, /[/\\?#\p{Cc}]/u);
        assert.ok(value !== '' && value !== '.' && value !== '..', JSON.stringify(value));
        try {
          value = decodeURIComponent(value);
        } catch {
          return;
        }
      }
    }),
    { numRuns: 20_000, seed: 1 },
  );
  assert.ok(matched > 100, 'the generator also writes values that are taken');
});

test('no value of a reserved variable walks up', () => {
  const piece = fc.oneof(fc.constantFrom(...forms, '/', 'a', 'b%20c'), fc.string({ maxLength: 2 }));
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
      const path = file.match(`files:///${pieces.join('')}`)?.['path'];
      if (path === undefined) return;
      assert.doesNotMatch(path, /[\\\p{Cc}]/u);
      assert.ok(!path.split('/').includes('..') && !path.split('/').includes('.'), path);
      assert.doesNotMatch(path, /%(?:2e|2f|5c|00)/i);
    }),
    { numRuns: 20_000 },
  );
});

test('every harmless value comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (value) => {
      fc.pre(!/[/\\?#%\p{Cc}]/u.test(value) && value !== '.' && value !== '..');
      assert.deepEqual(plain(note.match(`notes://note/${encodeURIComponent(value)}/text`)), { id: value });
    }),
    { numRuns: 2_000 },
  );
});

test('a URI must match from end to end', () => {
  for (const uri of [
    'notes://note//text',
    'notes://note/1/text/',
    'notes://note/1/textual',
    'x notes://note/1/text',
    'NOTES://note/1/text',
    'notes://note/1',
    'notes://note/1/2/text',
    'notes://note/%/text',
    'notes://note/%ff/text',
    'notes://note/{id}/text',
    'notes://note/a b/text',
    '',
  ]) {
    assert.equal(note.match(uri), undefined, uri);
  }
});

test('several variables split at the first delimiter, and none takes more', () => {
  const two = compileUriTemplate('x://{a}-{b}.json');
  assert.deepEqual(plain(two.match('x://1-2.json')), { a: '1', b: '2' });
  assert.deepEqual(plain(two.match('x://1-2-3.json')), { a: '1', b: '2-3' });
  assert.equal(two.match('x://1-2.json.json'), undefined);
  assert.deepEqual(plain(compileUriTemplate('x://{+a}/end/{b}').match('x://1/2/end/3')), { a: '1/2', b: '3' });
});

test('the values have no prototype to fall back on', () => {
  const values = compileUriTemplate('x://{constructor}').match('x://1');
  assert.equal(Object.getPrototypeOf(values), null);
  assert.deepEqual(Object.keys(values ?? {}), ['constructor']);
  assert.deepEqual(Object.keys(compileUriTemplate('x://{__proto__}').match('x://1') ?? {}), ['__proto__']);
});

test('a template that would need backtracking, or more of RFC 6570 than is served, is refused when it is made', () => {
  for (const template of [
    'x://{a}{b}',
    'x://{a',
    'x://{a*}',
    'x://{?q}',
    'x://{a,b}',
    'x://{a:3}',
    'x://{}',
    'x://{1}',
  ]) {
    assert.throws(() => compileUriTemplate(template), TypeError, template);
  }
  assert.throws(() => compileUriTemplate('x://{a}/{a}'), /a variable is named twice/);
});

test('a long URI of near misses ends at once', () => {
  const many = compileUriTemplate(`x://${Array.from({ length: 50 }, (_, index) => `{v${index}}-a`).join('')}`);
  assert.equal(many.match(`x://${'-'.repeat(2_000_000)}`), undefined);
  assert.equal(many.match(`x://${'b-'.repeat(1_000_000)}`), undefined);
});
