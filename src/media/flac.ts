import { MediaFault, part } from './fault.ts';

const STREAM_INFO = 0;
const SEEK_TABLE = 3;

/** A FLAC file without comments, pictures and application data (RFC 9639 section 8). */
export function cleanFlac(bytes: Buffer): Buffer {
  const kept: Buffer[] = [];
  let at = 4;
  for (let isLast = false; !isLast; ) {
    const head = part(bytes, at, at + 4);
    const type = (head[0] ?? 0) & 0x7f;
    isLast = ((head[0] ?? 0) & 0x80) !== 0;
    const block = Buffer.from(part(bytes, at, at + 4 + head.readUIntBE(1, 3)));
    if ((type === STREAM_INFO) !== (at === 4)) throw new MediaFault('the stream information is not first');
    block[0] = type;
    if (type === STREAM_INFO || type === SEEK_TABLE) kept.push(block);
    at += block.length;
  }
  const frames = part(bytes, at, bytes.length);
  if (frames.length < 2 || (frames.readUInt16BE(0) & 0xfffe) !== 0xfff8) throw new MediaFault('no sound');
  const last = kept.at(-1);
  if (last !== undefined) last[0] = (last[0] ?? 0) | 0x80;
  return Buffer.concat([Buffer.from('fLaC'), ...kept, frames]);
}
