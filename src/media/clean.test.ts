import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CANARY,
  EMPTY_ZIP,
  exif,
  gif,
  gifExtension,
  jpeg,
  png,
  riff,
  riffChunk,
  wav,
  webp,
} from '../controls/media-checks/fixtures/samples.ts';
import { cleanMedia } from './clean.ts';
import { MediaFault } from './fault.ts';
import { readMediaOptions } from './options.ts';

const RULES = readMediaOptions({});
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const clean = (bytes: Buffer, type: string): Buffer => cleanMedia(bytes, type, RULES);

test('what tells nothing is passed on as the same bytes', () => {
  for (const [type, bytes] of [
    ['image/png', png()],
    ['image/jpeg', jpeg()],
    ['image/jpg', jpeg()],
    ['image/gif', gif()],
    ['image/webp', webp()],
    ['audio/wav', wav()],
    ['audio/mpeg', mp3()],
    ['audio/flac', flac()],
  ] as const)
    assert.equal(clean(bytes, type), bytes, type);
});

test('metadata goes, and exactly that', () => {
  const note = latin1(CANARY);
  const chunks = ['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME', 'iCCP', 'sPLT', 'prVt'].map((type) => [type, note] as const);
  assert.deepEqual(clean(png(4, 4, chunks), 'image/png'), png());
  const markers = [0xe1, 0xe2, 0xe3, 0xed, 0xef, 0xfe].map((marker) => [marker, note] as const);
  const thumbnail = [0xe0, latin1(`JFXX\0\x10${CANARY}`)] as const;
  assert.deepEqual(clean(jpeg([...markers, thumbnail]), 'image/jpeg'), jpeg());
  const blocks = [0xfe, 0x01, 0xff].map((label) => gifExtension(label, note));
  assert.deepEqual(clean(gif(blocks), 'image/gif'), gif());
  const extra = ['EXIF', 'XMP ', 'ICCP', 'priv'].map((id) => riffChunk(id, note));
  assert.deepEqual(clean(webp(extra, 0x2c), 'image/webp'), webp());
  assert.deepEqual(
    clean(wav([riffChunk('LIST', note), riffChunk('id3 ', note), riffChunk('bext', note)]), 'audio/wav'),
    wav(),
  );
  assert.deepEqual(clean(mp3({ tagged: true }), 'audio/mpeg'), mp3());
  assert.deepEqual(clean(flac({ tagged: true }), 'audio/flac'), flac());
});

test('a checksum counts where the chunk is passed on', () => {
  const broken = (type: string): Buffer => {
    const bytes = png(4, 4, [[type, latin1(CANARY)]]);
    bytes.writeUInt8(bytes.readUInt8(bytes.indexOf(CANARY)) ^ 1, bytes.indexOf(CANARY));
    return bytes;
  };
  assert.deepEqual(clean(broken('iCCP'), 'image/png'), png());
  assert.throws(() => clean(broken('gAMA'), 'image/png'), { message: /checksum/ });
});

test('what decides how a picture looks stays', () => {
  const gamma = Buffer.from([0, 0, 0xb1, 0x8f]);
  const picture = png(4, 4, [['gAMA', gamma]]);
  assert.equal(clean(picture, 'image/png'), picture);
  const adobe = jpeg([[0xee, latin1('Adobe\0\x64\0\0\0\0\0')]]);
  assert.equal(clean(adobe, 'image/jpeg'), adobe);
  const loop = Buffer.concat([latin1('!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0')]);
  const control = latin1('!\xf9\x04\0\x05\0\0\0');
  const animated = gif([loop, control]);
  assert.equal(clean(animated, 'image/gif'), animated);
});

test('the thumbnail in a JFIF header goes', () => {
  const whole = jpeg();
  const tiny = Buffer.alloc(3, 0x55);
  const header = Buffer.concat([
    whole.subarray(0, 4),
    Buffer.from([0, 19]),
    whole.subarray(6, 18),
    Buffer.from([1, 1]),
    tiny,
  ]);
  assert.deepEqual(clean(Buffer.concat([header, whole.subarray(20)]), 'image/jpeg'), whole);
});

test('comments of Ogg go without moving a page', () => {
  for (const kind of ['OpusTags', '\x03vorbis'] as const) {
    const cleaned = clean(ogg(kind), 'audio/ogg');
    assert.equal(cleaned.length, ogg(kind).length);
    assert.ok(!cleaned.includes(CANARY));
    const bodies: Buffer[] = [];
    for (let at = 0; at < cleaned.length; ) {
      const segments = cleaned[at + 26] ?? 0;
      const end = cleaned
        .subarray(at + 27, at + 27 + segments)
        .reduce((sum, length) => sum + length, at + 27 + segments);
      const page = Buffer.from(cleaned.subarray(at, end));
      const sum = page.readUInt32LE(22);
      page.writeUInt32LE(0, 22);
      assert.equal(sum, slowChecksum(page));
      bodies.push(page.subarray(27 + segments));
      at = end;
    }
    const whole = Buffer.concat(bodies);
    const packet = whole.indexOf(kind, 0, 'latin1') + kind.length;
    const length = whole.readUInt32LE(packet);
    assert.match(whole.toString('latin1', packet + 4, packet + 4 + length), /^ {400,}$/);
    assert.equal(whole.readUInt32LE(packet + 4 + length), 0);
    assert.ok(cleaned.includes('sound of the stream'));
    assert.equal(clean(cleaned, 'audio/ogg'), cleaned);
  }
});

test('what is behind, inside, too large or cut is a fault', () => {
  const page = latin1('<html><script>');
  const table: readonly (readonly [string, Buffer, RegExp])[] = [
    ...(
      [
        ['image/png', png()],
        ['image/jpeg', jpeg()],
        ['image/gif', gif()],
        ['image/webp', webp()],
        ['audio/wav', wav()],
        ['audio/mpeg', mp3()],
        ['audio/ogg', ogg('OpusTags')],
      ] as const
    ).flatMap(([type, bytes]) => [
      [type, Buffer.concat([bytes, page]), /data after the end/] as const,
      [type, Buffer.concat([bytes, EMPTY_ZIP]), /data after the end/] as const,
      [type, bytes.subarray(0, bytes.length >> 1), /cut short|no picture|after the end/] as const,
    ]),
    ['image/png', png(6_325, 6_325), /a picture of 6325 by 6325/],
    ['image/png', png(0, 4), /without extent/],
    ['image/png', png(4, 4, [['fcTL', Buffer.alloc(26, 0x7f)]]), /a picture of/],
    ['image/png', png(4, 4, [['ABCD', Buffer.alloc(0)]]), /critical chunk/],
    ['image/gif', gif([latin1(',\0\0\0\0\xff\xff\xff\xff\0\x02\x01\0\0')]), /a picture of 65535/],
    ['audio/flac', Buffer.concat([flac(), EMPTY_ZIP]), /it is a zip file as well/],
    ['audio/wav', riff('WAVE', [riffChunk('data', Buffer.alloc(4))]), /no sound/],
    ['audio/wav', wav([riffChunk('data', page)]), /no sound/],
    ['audio/flac', Buffer.concat([flac(), page]), /it is markup as well/],
  ];
  for (const [type, bytes, fault] of table) {
    if (type === 'audio/mpeg' && fault.source.startsWith('cut')) continue;
    assert.throws(
      () => clean(bytes, type),
      (error) => error instanceof MediaFault && fault.test(error.message),
      type,
    );
  }
});

test('zeros behind a picture, as some cameras leave, go', () => {
  assert.deepEqual(clean(Buffer.concat([jpeg(), Buffer.alloc(100)]), 'image/jpeg'), jpeg());
});

test('hostile bytes end in a result or a fault, and a result is clean', () => {
  const seeds: readonly (readonly [string, Buffer])[] = [
    ['image/png', png(4, 4, [['tEXt', latin1('a')]])],
    ['image/jpeg', jpeg([[0xe1, exif('a')]])],
    ['image/gif', gif([gifExtension(0xfe, latin1('a'))])],
    ['image/webp', webp([riffChunk('EXIF', latin1('a'))], 8)],
    ['audio/wav', wav([riffChunk('LIST', latin1('a'))])],
    ['audio/mpeg', mp3({ tagged: true })],
    ['audio/flac', flac({ tagged: true })],
    ['audio/ogg', ogg('OpusTags')],
  ];
  const change = fc.record({ at: fc.nat(), value: fc.nat(255), cut: fc.boolean() });
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(change, { maxLength: 6 }), ([type, seed], changes) => {
      let bytes = Buffer.from(seed);
      for (const { at, value, cut } of changes) {
        if (bytes.length === 0) break;
        bytes[at % bytes.length] = value;
        if (cut && at % 7 === 0) bytes = bytes.subarray(0, at % bytes.length);
      }
      let cleaned: Buffer;
      try {
        cleaned = clean(bytes, type);
      } catch (error) {
        assert.ok(error instanceof MediaFault, String(error));
        return;
      }
      assert.ok(cleaned.length <= bytes.length);
      assert.deepEqual(clean(cleaned, type), cleaned);
    }),
    { numRuns: 3_000 },
  );
});

/** Four frames of silence of 128 kbit/s at 44.1 kHz; `tagged` between ID3v2 and ID3v1. */
function mp3({ tagged = false } = {}): Buffer {
  const frame = Buffer.alloc(417);
  Buffer.from([0xff, 0xfb, 0x90, 0x44]).copy(frame);
  const frames = Buffer.concat([frame, frame, frame, frame]);
  if (!tagged) return frames;
  const tag = Buffer.concat([latin1('ID3\x04\0\0\0\0\0'), Buffer.from([CANARY.length]), latin1(CANARY)]);
  return Buffer.concat([tag, frames, latin1(`TAG${CANARY}`.padEnd(128, '\0'))]);
}

function flac({ tagged = false } = {}): Buffer {
  const block = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type, 0, 0, body.length]), body]);
  const extra = tagged ? [block(4, latin1(CANARY)), block(0x86, latin1(CANARY))] : [];
  return Buffer.concat([
    latin1('fLaC'),
    block(tagged ? 0 : 0x80, Buffer.alloc(34, 1)),
    ...extra,
    Buffer.from([0xff, 0xf8, 0xc9, 0x18, 0, 0]),
  ]);
}

/** A stream of two header packets, the second over two pages, and one of sound. */
function ogg(kind: 'OpusTags' | '\x03vorbis'): Buffer {
  const size = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const words = latin1(`TITLE=${CANARY.repeat(12)}`);
  const framing = kind === 'OpusTags' ? [] : [Buffer.from([1])];
  const comments = Buffer.concat([
    latin1(kind),
    size(4),
    latin1('maker'.slice(0, 4)),
    size(1),
    size(words.length),
    words,
    ...framing,
  ]);
  const head = latin1(kind === 'OpusTags' ? 'OpusHead\x01\x01' : '\x01vorbis\0\0\0\0');
  const sound = latin1('sound of the stream');
  return Buffer.concat([
    oggPage(0, [head.length], head),
    oggPage(1, [255], comments.subarray(0, 255)),
    oggPage(2, [comments.length - 255, sound.length], Buffer.concat([comments.subarray(255), sound])),
  ]);
}

function oggPage(sequence: number, segments: readonly number[], body: Buffer): Buffer {
  const head = Buffer.alloc(27);
  head.write('OggS', 'latin1');
  head.writeUInt32LE(77, 14);
  head.writeUInt32LE(sequence, 18);
  head[26] = segments.length;
  const page = Buffer.concat([head, Buffer.from(segments), body]);
  page.writeUInt32LE(slowChecksum(page), 22);
  return page;
}

/** Bit by bit, apart from the code under test. */
function slowChecksum(page: Buffer): number {
  let sum = 0n;
  for (const byte of page) {
    sum ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++)
      sum = (sum & 0x80000000n) === 0n ? sum << 1n : ((sum << 1n) ^ 0x104c11db7n) & 0xffffffffn;
  }
  return Number(sum);
}
