import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sniff } from './sniff.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const pad = (text: string, length = 64): Uint8Array => latin1(text.padEnd(length, '\0'));
const zip = (name: string): Uint8Array => latin1(`PK\x03\x04${'\0'.repeat(26)}[Content_Types].xml...${name}`);

function executable(): Uint8Array {
  const bytes = Buffer.alloc(80);
  bytes.write('MZ');
  bytes.writeUInt32LE(70, 60);
  bytes.write('PE', 70);
  return bytes;
}

test('content says what it is', () => {
  const table: readonly (readonly [Uint8Array, string | undefined])[] = [
    [pad('\x89PNG\r\n\x1a\n'), 'image/png'],
    [pad('\xff\xd8\xff\xe0'), 'image/jpeg'],
    [pad('GIF89a'), 'image/gif'],
    [pad('GIF87a'), 'image/gif'],
    [pad('RIFF\x04\0\0\0WEBPVP8 '), 'image/webp'],
    [pad('RIFF\x04\0\0\0WAVEfmt '), 'audio/wav'],
    [pad('RIFF\x04\0\0\0AVI LIST'), 'video/x-msvideo'],
    [pad('\0\0\0\x1cftypavif'), 'image/avif'],
    [pad('\0\0\0\x1cftypM4A '), 'audio/mp4'],
    [pad('\0\0\0\x1cftypisom'), 'video/mp4'],
    [pad('fLaC\0\0\0\x22'), 'audio/flac'],
    [pad('ID3\x04\0\0'), 'audio/mpeg'],
    [pad('\xff\xfb\x90\x44'), 'audio/mpeg'],
    [pad('\xff\xf1\x50\x80'), 'audio/aac'],
    [pad(`OggS${'\0'.repeat(24)}OpusHead`), 'audio/ogg'],
    [pad('OggS\0'), 'application/ogg'],
    [pad('%PDF-1.7'), 'application/pdf'],
    [pad('PK\x03\x04'), 'application/zip'],
    [zip('word/document.xml'), 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    [zip('xl/workbook.xml'), 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    [
      latin1(`PK\x03\x04${'\0'.repeat(26)}mimetypeapplication/vnd.oasis.opendocument.text`),
      'application/vnd.oasis.opendocument.text',
    ],
    [pad('\x1f\x8b\x08'), 'application/gzip'],
    [pad('\x7fELF\x02'), 'application/x-elf'],
    [executable(), 'application/vnd.microsoft.portable-executable'],
    [latin1('#!/bin/sh\necho'), 'text/x-script'],
    [latin1('<?php echo 1;'), 'text/x-script'],
    [latin1('\n <!-- a --> <!-- b -->\n<svg xmlns="x">'), 'image/svg+xml'],
    [latin1('<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x"><svg/>'), 'image/svg+xml'],
    [latin1('<?xml version="1.0"?><note/>'), 'application/xml'],
    [latin1('\xef\xbb\xbf<!DOCTYPE html><p>'), 'text/html'],
    [latin1('<script>alert(1)</script>'), 'text/html'],
    [latin1('hello\n'), 'text/plain'],
    [latin1('gr\xfc\xdfe'), undefined],
    [pad('hello'), undefined],
    [new Uint8Array(), undefined],
  ];
  for (const [bytes, type] of table) assert.equal(sniff(bytes), type, Buffer.from(bytes).toString('latin1'));
});

test('a head that ends within a character is text all the same', () => {
  const bytes = Buffer.from(`a${'\u00e9'.repeat(4096)}`);
  assert.equal(sniff(bytes), 'text/plain');
  assert.equal(sniff(bytes), 'text/plain');
  assert.equal(sniff(Buffer.from('plain')), 'text/plain');
});

test('looking never throws, and takes linear time', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void sniff(bytes)));
  assert.equal(sniff(Buffer.from('<!-- -->'.repeat(100_000))), 'text/plain');
});
