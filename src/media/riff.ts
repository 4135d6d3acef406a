import { insistEnd, MediaFault, part, type PictureBounds, PictureSize } from './fault.ts';

/** One chunk of a RIFF file. */
interface Chunk {
  readonly id: string;
  readonly body: Buffer;
}

/** The chunks of a RIFF file of one form, which must be its whole content. */
function readRiff(bytes: Buffer): readonly Chunk[] {
  const end = 8 + part(bytes, 4, 12).readUInt32LE(0);
  const chunks = readChunks(part(bytes, 12, end));
  insistEnd(bytes, end);
  return chunks;
}

function readChunks(bytes: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = part(bytes, at, at + 8);
    const length = head.readUInt32LE(4);
    chunks.push({ id: head.toString('latin1', 0, 4), body: part(bytes, at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
    // The last padding byte is missing in files of some writers.
    if (at > bytes.length + 1) throw new MediaFault('cut short');
  }
  return chunks;
}

function writeChunks(chunks: readonly Chunk[]): Buffer {
  return Buffer.concat(
    chunks.flatMap(({ id, body }) => {
      const head = Buffer.from(`${id}\0\0\0\0`, 'latin1');
      head.writeUInt32LE(body.length, 4);
      return [head, body, Buffer.alloc(body.length % 2)];
    }),
  );
}

function writeRiff(form: string, chunks: readonly Chunk[]): Buffer {
  const body = writeChunks(chunks);
  const head = Buffer.from(`RIFF\0\0\0\0${form}`, 'latin1');
  head.writeUInt32LE(body.length + 4, 4);
  return Buffer.concat([head, body]);
}

const SOUND: ReadonlySet<string> = new Set(['fmt ', 'fact', 'data']);

/** A WAVE file without lists of texts, tags and chunks that are not known. */
export function cleanWav(bytes: Buffer): Buffer {
  const kept = readRiff(bytes).filter(({ id }) => SOUND.has(id));
  const ids = kept.map(({ id }) => id);
  if (
    ids[0] !== 'fmt ' ||
    ids.filter((id) => id === 'fmt ').length !== 1 ||
    ids.filter((id) => id === 'data').length !== 1
  )
    throw new MediaFault('no sound');
  return writeRiff('WAVE', kept);
}

const FRAME: ReadonlySet<string> = new Set(['ALPH', 'VP8 ', 'VP8L']);
/** Flags of `VP8X` that stay: alpha and animation. */
const STAYING = 0x12;

/** A WebP without EXIF, XMP, profile and chunks that are not known (RFC 9649). */
export function cleanWebp(bytes: Buffer, bounds: PictureBounds): Buffer {
  const chunks = readRiff(bytes);
  const size = new PictureSize(bounds);
  const [first] = chunks;
  if (first === undefined) throw new MediaFault('no picture');
  if (first.id !== 'VP8X') {
    measure(first, size);
    return writeRiff('WEBP', [first]);
  }
  const canvas = part(first.body, 0, 10);
  size.add(canvas.readUIntLE(4, 3) + 1, canvas.readUIntLE(7, 3) + 1);
  const header = Buffer.from(canvas);
  header[0] = (canvas[0] ?? 0) & STAYING;
  const kept = chunks.slice(1).flatMap((chunk) => cleanChunk(chunk, size));
  if (!kept.some(({ id }) => id !== 'ANIM' && id !== 'ALPH')) throw new MediaFault('no picture');
  return writeRiff('WEBP', [{ id: 'VP8X', body: header }, ...kept]);
}

function cleanChunk(chunk: Chunk, size: PictureSize): readonly Chunk[] {
  if (FRAME.has(chunk.id)) {
    if (chunk.id !== 'ALPH') measure(chunk, size);
    return [chunk];
  }
  if (chunk.id === 'ANIM') return [{ id: 'ANIM', body: part(chunk.body, 0, 6) }];
  if (chunk.id !== 'ANMF') return [];
  const frame = readChunks(part(chunk.body, 16, chunk.body.length)).filter(({ id }) => FRAME.has(id));
  for (const inner of frame) if (inner.id !== 'ALPH') measure(inner, size);
  return [{ id: 'ANMF', body: Buffer.concat([part(chunk.body, 0, 16), writeChunks(frame)]) }];
}

/** Counts a picture by its own header, whatever the canvas says. */
function measure({ id, body }: Chunk, size: PictureSize): void {
  if (id === 'VP8 ') {
    const head = part(body, 0, 10);
    if (head.toString('latin1', 3, 6) !== '\x9d\x01\x2a') throw new MediaFault('no picture');
    size.add(head.readUInt16LE(6) & 0x3fff, head.readUInt16LE(8) & 0x3fff);
    return;
  }
  const head = part(body, 0, 5);
  if (id !== 'VP8L' || head[0] !== 0x2f) throw new MediaFault('no picture');
  const bits = head.readUInt32LE(1);
  size.add((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
}
