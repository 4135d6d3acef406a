import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { readMediaOptions } from '../../media/options.ts';
import { configure } from './control.ts';
import { CANARY, SAMPLES, png } from './fixtures/samples.ts';

const checks = configure(testSettings());
const refusal = (detail: string) => ({ pass: false, code: 'OUTPUT_INVALID', detail: `media: ${detail}` });
const image = (data: string, mimeType = 'image/png') => ({ type: 'image', data, mimeType });
const plain = png().toString('base64');

test('what has nothing to check passes as the same object', () => {
  const text = { type: 'text', text: '<script>' };
  const link = { type: 'resource_link', uri: 'https://a.example/', name: 'a' };
  const embedded = { type: 'resource', resource: { uri: 'x:y', text: 'words' } };
  for (const block of [text, link, embedded, image(plain)])
    assert.deepEqual(checks.block(block), { pass: true, value: block });
  const picture = image(plain);
  const checked = checks.block(picture);
  assert.ok(checked.pass && checked.value === picture);
  assert.deepEqual(checks.contents({ uri: 'x:y', text: 'words' }), {
    pass: true,
    value: { uri: 'x:y', text: 'words' },
  });
});

test('each sample is refused with its reason, or comes back without its canary', () => {
  const table: Readonly<Record<string, string | undefined>> = {
    plain: undefined,
    exif: undefined,
    comment: undefined,
    text: undefined,
    'gif-comment': undefined,
    'webp-exif': undefined,
    list: undefined,
    'page-behind': 'data after the end',
    'zip-behind': 'data after the end',
    'page-inside': 'it is markup as well',
    bomb: 'a picture of 100000 by 100000, number 1',
    page: 'it is text/html, which is not allowed',
    program: 'it is application/x-elf, which is not allowed',
    drawing: 'the type image/svg+xml is not allowed',
    another: 'declared as image/gif, but it is image/png',
    cut: 'cut short',
  };
  assert.deepEqual([...SAMPLES.keys()], Object.keys(table));
  for (const [name, { mimeType, data }] of SAMPLES) {
    const type = mimeType.startsWith('audio/') ? 'audio' : 'image';
    const detail = table[name];
    const checked = checks.block({ type, mimeType, data });
    if (detail !== undefined) {
      assert.deepEqual(checked, refusal(detail), name);
      continue;
    }
    assert.ok(checked.pass, name);
    const bytes = Buffer.from(String(checked.value['data']), 'base64').toString('latin1');
    assert.ok(!bytes.includes(CANARY), name);
    assert.equal(checked.value['mimeType'], mimeType);
  }
});

test('base64 has one spelling', () => {
  const loose = `${plain.slice(0, -2)}h=`;
  for (const data of [loose, `${plain}====`, plain.slice(0, -1), `${plain}\n`, '_-8=', '', 7])
    assert.equal(checks.block({ type: 'image', mimeType: 'image/png', data }).pass, false, String(data).slice(-8));
});

test('blobs are held to the type that they declare', () => {
  const blob = (latin1: string, mimeType?: string) =>
    checks.contents({
      uri: 'x:y',
      blob: Buffer.from(latin1, 'latin1').toString('base64'),
      ...(mimeType === undefined ? {} : { mimeType }),
    });
  assert.ok(blob('%PDF-1.7 ...', 'application/pdf').pass);
  assert.ok(blob('a,b\n1,2\n', 'text/csv; charset=utf-8').pass);
  assert.ok(blob('\x01\x02\x03').pass);
  assert.ok(blob('PK\x03\x04....', 'application/epub+zip').pass);
  assert.deepEqual(blob('MZ', 'application/pdf'), refusal('declared as application/pdf, but it is text/plain'));
  assert.deepEqual(blob('\x7fELF\x02', undefined), refusal('it is application/x-elf, which is not allowed'));
  assert.deepEqual(blob('#!/bin/sh\n', 'text/plain'), refusal('it is text/x-script, which is not allowed'));
  assert.deepEqual(blob('<script>', 'text/html'), refusal('the type text/html is not allowed'));
  assert.deepEqual(blob('\x01\x02', 'image/png'), refusal('declared as image/png, but it is something unknown'));
});

test('an embedded resource is checked as well', () => {
  const { mimeType, data } = SAMPLES.get('exif') ?? { mimeType: '', data: '' };
  const checked = checks.block({ type: 'resource', resource: { uri: 'x:y', mimeType, blob: data } });
  assert.ok(checked.pass);
  assert.ok(!Buffer.from(JSON.stringify(checked.value), 'latin1').includes(data));
});

test('a deployment has its own list and bounds', () => {
  const own = (media: object) => configure(testSettings({ media: readMediaOptions(media) }));
  assert.deepEqual(own({ types: ['image/jpeg'] }).block(image(plain)), refusal('the type image/png is not allowed'));
  assert.deepEqual(own({ maxPixels: 15 }).block(image(plain)), refusal('a picture of 4 by 4, number 1'));
  assert.deepEqual(own({ maxBytes: 40 }).block(image(plain)), refusal('too large'));
  assert.throws(() => readMediaOptions({ maxByte: 1 } as object), /did you mean "maxBytes"/);
  assert.throws(() => readMediaOptions({ types: ['png'] }), /"png" is no type/);
  assert.throws(() => readMediaOptions({ maxPixels: 0 }), /media\.maxPixels: give a whole number/);
});

test('switched off, everything passes', () => {
  const off = configure(testSettings({ weakened: new Set(['media-checks']) }));
  for (const { mimeType, data } of SAMPLES.values()) {
    assert.ok(off.block({ type: 'image', mimeType, data }).pass);
    assert.ok(off.contents({ uri: 'x:y', mimeType, blob: data }).pass);
  }
});
