import { insistEnd, MediaFault, part } from './fault.ts';

/** Kilobits a second by index, for MPEG-1 layers I to III, then for MPEG-2 layer I, and II and III. */
const RATES: readonly (readonly number[])[] = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const HERTZ = [44_100, 48_000, 32_000];

/** MPEG audio without ID3 and APE tags: frames and nothing else (ISO/IEC 11172-3 section 2.4, ISO/IEC 13818-3). */
export function cleanMpegAudio(bytes: Buffer): Buffer {
  const from = skipLeadingTags(bytes);
  let at = from;
  let frames = 0;
  for (let length = frameBytes(bytes, at); length > 0; length = frameBytes(bytes, at)) {
    // Recordings are cut anywhere: the last frame may be short, and is left out.
    if (at + length > bytes.length) break;
    at += length;
    frames++;
  }
  if (frames === 0) throw new MediaFault('no sound');
  insistTags(bytes, at);
  return part(bytes, from, at);
}

function skipLeadingTags(bytes: Buffer): number {
  let at = 0;
  while (bytes.toString('latin1', at, at + 3) === 'ID3') {
    const head = part(bytes, at, at + 10);
    const size = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 0x7f), 0);
    at += 10 + size + (((head[5] ?? 0) & 0x10) === 0 ? 0 : 10);
    while (bytes[at] === 0) at++;
  }
  return at;
}

/** Bytes of the frame that begins here; 0 when none does. */
function frameBytes(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) return 0;
  const [second, third] = [bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
  if (bytes[at] !== 0xff || (second & 0xe0) !== 0xe0) return 0;
  const version = (second >> 3) & 3;
  const layer = 4 - ((second >> 1) & 3);
  if (version === 1 || layer === 4) return 0;
  const isFirst = version === 3;
  const rate = RATES[isFirst ? layer - 1 : layer === 1 ? 3 : 4]?.[third >> 4] ?? 0;
  const hertz = (HERTZ[(third >> 2) & 3] ?? 0) / (isFirst ? 1 : version === 2 ? 2 : 4);
  if (rate === 0 || hertz === 0) return 0;
  const padding = (third >> 1) & 1;
  if (layer === 1) return (Math.floor((12_000 * rate) / hertz) + padding) * 4;
  return Math.floor(((layer === 3 && !isFirst ? 72_000 : 144_000) * rate) / hertz) + padding;
}

/** After the frames there may be tags, a frame that was cut short, and zeros. */
function insistTags(bytes: Buffer, at: number): void {
  const rest = bytes.toString('latin1', at);
  if (rest.startsWith('TAG') && rest.length === 128) return;
  if (/^(?:APETAGEX|LYRICSBEGIN|TAG\+|ID3)/.test(rest)) return;
  if (frameBytes(bytes, at) > bytes.length - at) return;
  insistEnd(bytes, at);
}
