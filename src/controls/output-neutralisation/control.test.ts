import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testSettings } from '../../../test/support/settings.ts';
import { configure, configureMarkup } from './control.ts';
import { readLeakOptions } from '../../leaks/options.ts';
import { Exchange } from '../../pipeline/context.ts';
import { echo } from '../../prove/tools.ts';
import { tool } from '../../server/tool.ts';

const json = configure(testSettings());

test('visible text leaves as it is', () => {
  for (const value of [
    { text: 'plain \t text\r\n "quoted" \\ back' },
    { text: 'a literal \\u200b is six visible characters' },
    { text: '\u{1F469}\u200D\u{1F4BB} writes' },
    { text: '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645' },
    { list: [1, true, null, { deep: 'x' }] },
  ]) {
    assert.equal(json(value), JSON.stringify(value));
  }
});

test('what a reader cannot see is taken out or shown', () => {
  assert.equal(json({ text: 'a\u{E0061}\u{E0062}b' }), '{"text":"ab"}');
  assert.equal(json({ text: 'pass\u200Bword' }), '{"text":"password"}');
  assert.equal(json({ text: '\u202Eevil\u202C' }), '{"text":"evil"}');
  assert.equal(json({ text: '\x1B[31mred\x1B[0m' }), '{"text":"red"}');
  assert.equal(json({ text: 'a\bb' }), String.raw`{"text":"a\\u{8}b"}`);
  assert.equal(json({ text: 'a\fb' }), String.raw`{"text":"a\\u{c}b"}`);
  assert.equal(json({ text: 'a\ud800b' }), '{"text":"a\ufffdb"}');
});

test('keys and nested values are reached', () => {
  assert.equal(json({ 'a\u200Bb': [{ c: ['d\u{E0061}'] }] }), '{"ab":[{"c":["d"]}]}');
});

test('a value that serialises itself is neutralised as it serialises', () => {
  const value = { when: new Date(0), own: { toJSON: () => ({ text: 'x\u200By' }) } };
  assert.equal(json(value), '{"when":"1970-01-01T00:00:00.000Z","own":{"text":"xy"}}');
});

test('every answer is valid JSON with nothing hidden in it, and stays as it is when done again', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (value) => {
      const text = json(value);
      const back: unknown = JSON.parse(text);
      assert.equal(
        textsOf(back).some((one) => isHidden(one)),
        false,
      );
      assert.equal(json(back), text);
    }),
  );
});

function isHidden(text: string): boolean {
  return Array.from(text).some((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return code !== 0x09 && code !== 0x0a && code !== 0x0d;
    return (code >= 0x7f && code < 0xa0) || code === 0x200b || code === 0x202e || (code >= 0xd800 && code < 0xe000);
  });
}

function textsOf(value: unknown): readonly string[] {
  return Object.entries(Object(value) as object).flatMap(([key, member]) => [key, String(member)]);
}

test('with the control off everything leaves as it is', () => {
  const off = configure(testSettings({ weakened: new Set(['output-neutralisation']) }));
  assert.equal(off({ text: 'a\u200Bb' }), '{"text":"a\u200Bb"}');
});

const fetchPage = tool({ ...echo.options, name: 'fetch_page', flow: { gives: ['untrusted'] } });
const PAGE = '{"text":"![x](https://evil.example) <b>kept</b>"}';

function inert(
  name: string,
  options: Parameters<typeof readLeakOptions>[0] = {},
  weakened: readonly string[] = [],
): unknown {
  const settings = testSettings({
    server: { tools: [echo, fetchPage] },
    leaks: readLeakOptions(options, new Set(['echo', 'fetch_page'])),
    weakened: new Set(weakened),
  });
  const exchange = new Exchange('stdio', 'modern');
  exchange.target = settings.catalog.tools.get(name);
  const given = configureMarkup(settings)?.(exchange, PAGE);
  return given === undefined ? exchange.original : [given.value, exchange.original];
}

test('markup is broken in what gives untrusted text, and the original has a digest', () => {
  const broken = [{ text: '![x] (https://evil.example) <b>kept</b>' }, `digest of ${PAGE}`];
  assert.deepEqual(inert('fetch_page'), broken);
  assert.equal(inert('echo'), undefined);
  assert.equal(inert('fetch_page', { tools: { fetch_page: { markup: 'allow' } } }), undefined);
  assert.deepEqual(inert('echo', { tools: { echo: { markup: 'inert' } } }), broken);
  assert.equal(inert('fetch_page', {}, ['output-neutralisation']), undefined);
});

test('where nothing gives untrusted text there is nothing to do', () => {
  assert.equal(configureMarkup(testSettings()), undefined);
});
