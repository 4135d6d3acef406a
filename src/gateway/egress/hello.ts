/** What is seen of a ClientHello (RFC 8446 section 4.1.2), or why it is none. */
export type Hello = { readonly serverName: string | undefined; readonly isEncrypted: boolean } | { problem: string };

const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
/** RFC 9849: the name that is meant would be another than the one that is seen. */
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

/** Reads numbers and vectors from a message; throws RangeError past its end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** An unsigned number of 1 to 3 bytes. */
  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  /** A vector behind its length, which has 1 or 2 bytes. */
  vector(size: number): Reader {
    return new Reader(this.take(this.number(size)));
  }

  take(length: number): Buffer {
    const piece = this.#bytes.subarray(this.#at, this.#at + length);
    if (piece.length < length) throw new RangeError('it ends early');
    this.#at += length;
    return piece;
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }
}

/** Reads one whole ClientHello, with its four bytes of type and length. Never throws. */
export function readHello(message: Buffer): Hello {
  try {
    return read(new Reader(message));
  } catch {
    return { problem: 'its ClientHello is malformed' };
  }
}

function read(message: Reader): Hello {
  if (message.number(1) !== CLIENT_HELLO) return { problem: 'it begins with no ClientHello' };
  message.number(3);
  message.take(2 + 32);
  message.vector(1);
  message.vector(2);
  message.vector(1);
  if (message.isAtEnd) return { serverName: undefined, isEncrypted: false };
  const extensions = message.vector(2);
  if (!message.isAtEnd) return { problem: 'something follows its ClientHello' };
  const seen = new Map<number, Reader>();
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    if (seen.has(type)) return { problem: 'its ClientHello says something twice' };
    seen.set(type, extensions.vector(2));
  }
  return { serverName: readName(seen.get(SERVER_NAME)), isEncrypted: seen.has(ENCRYPTED_CLIENT_HELLO) };
}

/** RFC 6066 section 3; one name, and not a list of which each reader takes another. */
function readName(extension: Reader | undefined): string | undefined {
  if (extension === undefined) return undefined;
  const list = extension.vector(2);
  const type = list.number(1);
  const name = list.vector(2).rest();
  if (type !== 0 || !list.isAtEnd || !extension.isAtEnd) throw new RangeError('it is no single name');
  return name.toString('latin1');
}
