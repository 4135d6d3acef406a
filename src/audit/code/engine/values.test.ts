import assert from 'node:assert/strict';
import { test } from 'node:test';
import { origin } from './origins.ts';
import { eitherOrigins, join, leadingText, madeOf, redacted, type Value } from './values.ts';

const made = (count: number): readonly ReturnType<typeof origin>[] =>
  Array.from({ length: count }, () => origin('text', []));
const text = (begin: string): Value => {
  const value = { origins: made(1) };
  return { ...madeOf('text', [value]), pieces: [{ constants: [begin] }, value] };
};

test('a value comes from no more places than can be looked at', () => {
  const [one, other] = [made(40), made(40)];
  assert.equal(eitherOrigins(one, other).length, 48);
  assert.equal(eitherOrigins(one, one), one);
  assert.deepEqual(eitherOrigins(one, one.slice(0, 3)), one);
  assert.equal(madeOf('text', [{ origins: one }, { origins: other }]).origins?.[0]?.parents.length, 48);
});

test('what a function is called for that hides its argument can do no harm in a log', () => {
  const value = { origins: made(1) };
  assert.equal((redacted('redactToken', value).origins?.[0]?.clears ?? 0) & 64, 64);
  assert.equal(redacted('maskedLabelOf', value), value);
});

test('either of two texts begins with what both begin with', () => {
  assert.equal(leadingText(join(text('https://a.example/b'), text('https://a.example/c'))), 'https://a.example/');
  assert.equal(join(text('https://a.example/'), text('ftp://a.example/')).pieces, undefined);
  assert.equal(join(text('https://a.example/'), { origins: made(1) }).pieces, undefined);
});
