import { crc32 } from 'node:zlib';
import { insistEnd, MediaFault, part, type PictureBounds, PictureSize } from './fault.ts';

/** Chunks that say how pixels look, and none that a person wrote (PNG third edition, chapter 11). */
const KEPT: ReadonlySet<string> = new Set(
  'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs cICP acTL fcTL fdAT'.split(' '),
);
const SIGNATURE = 8;

/** A PNG without texts, profiles, times, EXIF and chunks that are not known. */
export function cleanPng(bytes: Buffer, bounds: PictureBounds): Buffer {
  const kept: Buffer[] = [part(bytes, 0, SIGNATURE)];
  const size = new PictureSize(bounds);
  let at = SIGNATURE;
  let hasData = false;
  for (let count = 0; ; count++) {
    const head = part(bytes, at, at + 8);
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4, 8);
    const chunk = part(bytes, at, at + 12 + length);
    // What is dropped may be as broken as it likes: pictures in use have bad checksums in their profiles.
    if (KEPT.has(type) && crc32(chunk.subarray(4, 8 + length)) !== chunk.readUInt32BE(8 + length))
      throw new MediaFault(`checksum of a chunk`);
    if ((type === 'IHDR') !== (count === 0)) throw new MediaFault('IHDR is not first');
    if (type === 'IHDR') size.add(part(chunk, 8, 21).readUInt32BE(0), chunk.readUInt32BE(12));
    if (type === 'fcTL') size.add(part(chunk, 8, 34).readUInt32BE(4), chunk.readUInt32BE(16));
    if (KEPT.has(type)) kept.push(chunk);
    else if (/^[A-Z]/.test(type)) throw new MediaFault('a critical chunk that is not known');
    hasData ||= type === 'IDAT';
    at += chunk.length;
    if (type === 'IEND') break;
  }
  if (!hasData) throw new MediaFault('no picture');
  insistEnd(bytes, at);
  return Buffer.concat(kept);
}
