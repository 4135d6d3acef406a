import { insistEnd, MediaFault, part } from './fault.ts';

/** One page: where its segments begin and how long they are (RFC 3533 section 6). */
interface Page {
  readonly from: number;
  readonly body: number;
  readonly segments: readonly number[];
  readonly end: number;
}

/**
 * An Ogg file of one Opus or Vorbis stream whose comments are blank. The comments keep their length, as one long maker's
 * name of spaces, so that no page moves (RFC 7845 section 5.2, Vorbis I section 5).
 */
export function cleanOgg(bytes: Buffer): Buffer {
  const cleaned = Buffer.from(bytes);
  const pages = readPages(cleaned);
  const serial = cleaned.readUInt32LE(14);
  if (pages.some(({ from }) => cleaned.readUInt32LE(from + 14) !== serial))
    throw new MediaFault('more than one stream');
  const [first, second] = packetsOf(pages);
  const head = first === undefined ? '' : gather(cleaned, first).toString('latin1', 0, 8);
  const prefix = head === 'OpusHead' ? 'OpusTags' : head.startsWith('\x01vorbis') ? '\x03vorbis' : undefined;
  if (prefix === undefined || second === undefined) throw new MediaFault('no sound that is known');
  const comments = gather(cleaned, second);
  if (comments.toString('latin1', 0, prefix.length) !== prefix) throw new MediaFault('no comments where they belong');
  scatter(cleaned, second, blank(prefix, comments.length));
  for (const page of pages) writeChecksum(cleaned, page);
  return cleaned;
}

function readPages(bytes: Buffer): readonly Page[] {
  const pages: Page[] = [];
  let at = 0;
  while (bytes.toString('latin1', at, at + 4) === 'OggS') {
    const count = part(bytes, at, at + 27)[26] ?? 0;
    const segments = [...part(bytes, at + 27, at + 27 + count)];
    const body = at + 27 + count;
    const end = body + segments.reduce((sum, length) => sum + length, 0);
    part(bytes, body, end);
    pages.push({ from: at, body, segments, end });
    at = end;
  }
  if (pages.length === 0) throw new MediaFault('no page');
  insistEnd(bytes, at);
  return pages;
}

/** A piece of a packet: from where to where. */
type Piece = readonly [from: number, to: number];

/** The pieces of the first two packets. */
function packetsOf(pages: readonly Page[]): readonly (readonly Piece[])[] {
  const packets: Piece[][] = [[]];
  for (const { body, segments } of pages) {
    let at = body;
    for (const length of segments) {
      packets.at(-1)?.push([at, at + length]);
      at += length;
      if (length === 255) continue;
      if (packets.length === 2) return packets;
      packets.push([]);
    }
  }
  throw new MediaFault('cut short');
}

function gather(bytes: Buffer, pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map(([from, to]) => bytes.subarray(from, to)));
}

function scatter(bytes: Buffer, pieces: readonly Piece[], packet: Buffer): void {
  let done = 0;
  for (const [from, to] of pieces) {
    packet.copy(bytes, from, done, done + to - from);
    done += to - from;
  }
}

/** Comments of the same length without any: a maker's name of spaces, no entries, and Vorbis' framing bit. */
function blank(prefix: string, length: number): Buffer {
  const framing = prefix === '\x03vorbis' ? 1 : 0;
  const name = length - prefix.length - 8 - framing;
  if (name < 0) throw new MediaFault('comments that are cut short');
  const packet = Buffer.alloc(length, 0x20);
  packet.write(prefix, 'latin1');
  packet.writeUInt32LE(name, prefix.length);
  packet.writeUInt32LE(0, prefix.length + 4 + name);
  if (framing === 1) packet[length - 1] = 1;
  return packet;
}

/** CRC-32 of polynomial 0x04c11db7, most significant bit first, without inversion (RFC 3533 section 6, field 7). */
const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value & 0x80000000) === 0 ? value << 1 : (value << 1) ^ 0x04c11db7;
  return value;
});

function writeChecksum(bytes: Buffer, { from, end }: Page): void {
  bytes.writeUInt32LE(0, from + 22);
  let sum = 0;
  for (let at = from; at < end; at++) sum = (sum << 8) ^ (TABLE[((sum >>> 24) ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  bytes.writeUInt32LE(sum >>> 0, from + 22);
}
