import { CodecError, decode, encode, type DecodeLimits } from './codec.ts';

/** Bounds on what comes through a pipe. */
export interface FrameLimits extends DecodeLimits {
  /** JSON of one message, in bytes. */
  readonly jsonBytes: number;
  /** Bytes beside the JSON of one message. */
  readonly dataBytes: number;
}

/** Two unsigned 32-bit numbers, little-endian: bytes of JSON, and bytes beside it. */
const HEADER = 8;

/**
 * One message as it goes through a pipe.
 * @throws CodecError when it holds what cannot be sent.
 */
export function writeFrame(message: unknown): Buffer {
  const { json, bytes } = encode(message);
  const text = Buffer.from(json, 'utf8');
  const size = bytes.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const head = Buffer.alloc(HEADER);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, text, ...bytes], HEADER + text.length + size);
}

/** Puts messages together again from the pieces in which they come. */
export interface FrameReader {
  /**
   * Takes a piece and gives what is whole.
   * @throws CodecError when a message is not sound or too large; nothing after it can be read.
   */
  push(piece: Uint8Array): readonly unknown[];
}

/** Reads messages of a sender that is not trusted: no more is held than one message may have. */
export function createFrameReader(limits: FrameLimits): FrameReader {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let needed = HEADER;
  const readHead = (head: Buffer): void => {
    const [json, data] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (json > limits.jsonBytes || data > limits.dataBytes) throw new CodecError('a message is too large');
    needed = HEADER + json + data;
  };
  return {
    push(piece: Uint8Array): readonly unknown[] {
      pieces.push(piece);
      size += piece.byteLength;
      if (size < needed) return [];
      let held = Buffer.concat(pieces, size);
      const messages: unknown[] = [];
      while (held.length >= HEADER) {
        readHead(held);
        if (held.length < needed) break;
        const end = HEADER + held.readUInt32LE(0);
        messages.push(decode(held.toString('utf8', HEADER, end), held.subarray(end, needed), limits));
        held = held.subarray(needed);
        needed = HEADER;
      }
      pieces = held.length === 0 ? [] : [held];
      size = held.length;
      return messages;
    },
  };
}
