import { insistEnd, MediaFault, part, type PictureBounds, PictureSize } from './fault.ts';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const CONTROL = 0xf9;
const APPLICATION = 0xff;
/** The extension that says how often an animation repeats: a label of 11 bytes, then one block of three. */
const LOOPS: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0']);
const LOOP_BYTES = 19;

/** A GIF without comments, plain texts and application data but the repetition (GIF89a sections 17 to 27). */
export function cleanGif(bytes: Buffer, bounds: PictureBounds): Buffer {
  const head = part(bytes, 0, 13);
  const size = new PictureSize(bounds);
  size.add(head.readUInt16LE(6), head.readUInt16LE(8));
  let at = 13 + tableBytes(head[10] ?? 0);
  const kept: Buffer[] = [part(bytes, 0, at)];
  let control: Buffer | undefined;
  let images = 0;
  for (;;) {
    const kind = part(bytes, at, at + 1)[0];
    if (kind === TRAILER) break;
    if (kind === IMAGE) {
      const image = part(bytes, at, at + 10);
      size.add(image.readUInt16LE(5), image.readUInt16LE(7));
      const end = endOfBlocks(bytes, at + 11 + tableBytes(image[9] ?? 0));
      if (control !== undefined) kept.push(control);
      kept.push(part(bytes, at, end));
      control = undefined;
      images++;
      at = end;
      continue;
    }
    if (kind !== EXTENSION) throw new MediaFault('a block that is not known');
    const end = endOfBlocks(bytes, at + 2);
    const block = part(bytes, at, end);
    if (block[1] === CONTROL && block.length === 8) control = block;
    else if (isLoop(block)) kept.push(block);
    else control = undefined;
    at = end;
  }
  if (images === 0) throw new MediaFault('no picture');
  insistEnd(bytes, at + 1);
  return Buffer.concat([...kept, Buffer.from([TRAILER])]);
}

/** Bytes of a colour table, by the flags that announce it. */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function endOfBlocks(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = part(bytes, at, at + 1)[0] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
}

function isLoop(block: Buffer): boolean {
  return block[1] === APPLICATION && block.length === LOOP_BYTES && LOOPS.has(block.toString('latin1', 3, 14));
}
