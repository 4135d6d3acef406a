import { insistEnd, MediaFault, part, type PictureBounds, PictureSize } from './fault.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** Quantisation, Huffman and arithmetic tables, restart interval: what a decoder needs. */
const TABLES: ReadonlySet<number> = new Set([0xdb, 0xc4, 0xcc, 0xdd]);
/** JFIF without its thumbnail: marker, length 16, and the nine bytes before the thumbnail's extent. */
const JFIF = 'JFIF\0';

/** A JPEG without EXIF, XMP, profiles, thumbnails and comments (ITU-T T.81 annex B). */
export function cleanJpeg(bytes: Buffer, bounds: PictureBounds): Buffer {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new MediaFault('no JPEG');
  const kept: Buffer[] = [part(bytes, 0, 2)];
  const size = new PictureSize(bounds);
  let [at, frames, scans] = [2, 0, 0];
  for (;;) {
    at = skipFill(bytes, at);
    const marker = part(bytes, at, at + 1)[0] ?? 0;
    at++;
    if (marker === EOI) break;
    const length = part(bytes, at, at + 2).readUInt16BE(0);
    const segment = part(bytes, at, at + Math.max(length, 2));
    at += segment.length;
    if (isFrame(marker)) {
      size.add(part(segment, 2, 8).readUInt16BE(3), segment.readUInt16BE(3));
      frames++;
    }
    const cleaned = cleanSegment(marker, segment);
    if (cleaned !== undefined) kept.push(Buffer.from([0xff, marker]), cleaned);
    if (marker !== SOS) continue;
    const end = endOfScan(bytes, at);
    kept.push(part(bytes, at, end));
    at = end;
    scans++;
  }
  if (frames !== 1 || scans === 0) throw new MediaFault('no picture, or more than one');
  insistEnd(bytes, at);
  return Buffer.concat([...kept, Buffer.from([0xff, EOI])]);
}

/** To the byte after 0xff, of which several may stand before a marker. */
function skipFill(bytes: Buffer, from: number): number {
  if (bytes[from] !== 0xff) throw new MediaFault('no marker');
  let at = from;
  while (bytes[at] === 0xff) at++;
  return at;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** The segment as it is kept, `undefined` when it is dropped. */
function cleanSegment(marker: number, segment: Buffer): Buffer | undefined {
  if (isFrame(marker) || TABLES.has(marker) || marker === SOS) return segment;
  if (marker === 0xe0 && segment.toString('latin1', 2, 7) === JFIF)
    return Buffer.concat([Buffer.from([0, 16]), part(segment, 2, 14), Buffer.from([0, 0])]);
  // Adobe's transform flag decides how colours are read.
  if (marker === 0xee && segment.length === 14 && segment.toString('latin1', 2, 7) === 'Adobe') return segment;
  if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) return undefined;
  throw new MediaFault('a marker that is not known');
}

/** The next marker that is neither a stuffed zero nor a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const next = at === -1 ? undefined : bytes[at + 1];
    if (next === undefined) throw new MediaFault('cut short');
    if (next === 0xff) at++;
    else if (next === 0 || (next >= 0xd0 && next <= 0xd7)) at += 2;
    else return at;
  }
}
