import { Transform, type TransformCallback } from 'node:stream';
import { readHello } from './hello.ts';

const HEADER = 5;
const MOST_RECORD = 16_384;
const MOST_HELLO = 32_768;
const MOST_PIECES = 64;
/** First byte of the length of a ClientHello; servers take none of more. */
const MOST_LENGTH = 2;
const [CHANGE_CIPHER, ALERT, HANDSHAKE, APPLICATION] = [20, 21, 22, 23] as const;
/** Alerts that pass where a second ClientHello may follow; servers overlook some of them, and take fewer. */
const MOST_ALERTS = 16;
/** Bytes of early data behind which no second ClientHello comes any more: more than servers take. */
const MOST_EARLY = 65_536;

/** Why a connection was ended by this side of it. */
export class GateError extends Error {}

/**
 * What a client sends to a TLS server, let through when its ClientHello names that server in the open. Nothing passes before. A
 * second ClientHello, which a server may ask for (RFC 8446 section 4.1.4), is looked at too.
 */
export class HelloGate extends Transform {
  readonly #name: string;
  readonly #most: number;
  readonly #passed: () => void;
  #held = Buffer.alloc(0);
  /** Records of a ClientHello that is not whole yet, and what of it they hold. */
  #records: Buffer[] = [];
  #hello = Buffer.alloc(0);
  #helloes = 0;
  #early = 0;
  #alerts = 0;
  #bytes = 0;
  #isOpen = false;

  /**
   * @param name Name that the ClientHello has to say, in lower case.
   * @param most Bytes that may pass.
   * @param passed Called when the first ClientHello has passed.
   */
  constructor(name: string, most: number, passed: () => void) {
    super();
    this.#name = name;
    this.#most = most;
    this.#passed = passed;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) return done(new GateError(`more than ${this.#most} bytes`));
    if (this.#isOpen) return done(null, chunk);
    this.#held = Buffer.concat([this.#held, chunk]);
    const problem = this.#readRecords();
    if (problem !== undefined) return done(new GateError(problem));
    if (this.#isOpen) this.push(this.#held);
    done();
  }

  override _flush(done: TransformCallback): void {
    done(this.#helloes === 0 ? new GateError('it ended before its ClientHello') : null);
  }

  #readRecords(): string | undefined {
    while (!this.#isOpen && this.#held.length >= HEADER) {
      const [type, major] = this.#held;
      const length = this.#held.readUInt16BE(3);
      if (this.#helloes === 0 && (type !== HANDSHAKE || major !== 3)) return 'it speaks no TLS';
      if (length > MOST_RECORD + 256) return 'its records are too long';
      if (this.#held.length < HEADER + length) return undefined;
      const record = this.#held.subarray(0, HEADER + length);
      const problem = this.#readRecord(Number(type), record);
      if (problem !== undefined) return problem;
      if (!this.#isOpen) this.#held = this.#held.subarray(record.length);
    }
    return undefined;
  }

  #readRecord(type: number, record: Buffer): string | undefined {
    const body = record.subarray(HEADER);
    if (this.#hello.length > 0 || this.#helloes === 0 || (type === HANDSHAKE && mayBeHello(body)))
      return type === HANDSHAKE && body.length > 0 ? this.#readHandshake(record) : 'its ClientHello is broken off';
    if (type < CHANGE_CIPHER || type > APPLICATION) return 'it speaks no TLS';
    if (type === APPLICATION) this.#early += body.length;
    if (type === ALERT && ++this.#alerts > MOST_ALERTS) return 'it sends alerts and nothing else';
    if (type === CHANGE_CIPHER || type === ALERT || (type === APPLICATION && this.#early <= MOST_EARLY))
      this.push(record);
    else this.#isOpen = true;
    return undefined;
  }

  #readHandshake(record: Buffer): string | undefined {
    this.#records.push(record);
    if (this.#records.length > MOST_PIECES) return 'its ClientHello comes in too many pieces';
    this.#hello = Buffer.concat([this.#hello, record.subarray(HEADER)]);
    const length = this.#hello.length < 4 ? MOST_HELLO : 4 + this.#hello.readUIntBE(1, 3);
    if (length > MOST_HELLO && this.#hello.length >= 4) return 'its ClientHello is too long';
    if (this.#hello.length < length) return undefined;
    if (this.#hello.length > length) return 'something follows its ClientHello';
    const hello = readHello(this.#hello);
    if ('problem' in hello) return hello.problem;
    if (hello.isEncrypted) return 'its ClientHello is encrypted, so that the name it is for cannot be seen';
    if (hello.serverName === undefined) return 'its ClientHello names no server';
    if (hello.serverName.toLowerCase() !== this.#name) return `its ClientHello names ${hello.serverName.slice(0, 100)}`;
    for (const each of this.#records) this.push(each);
    this.#records = [];
    this.#hello = Buffer.alloc(0);
    this.#helloes += 1;
    if (this.#helloes === 1) this.#passed();
    return undefined;
  }
}

/**
 * What is encrypted is not taken for a ClientHello but once in twenty thousand: its type and its length are looked at. Its version
 * is not, for servers take a ClientHello that says any (RFC 8446 section 4.1.2, legacy_version).
 */
function mayBeHello(body: Buffer): boolean {
  return body.length < 4 || (body[0] === 1 && Number(body[1]) <= MOST_LENGTH);
}

/** Passes up to so many bytes, and fails at the next. */
export class Bounded extends Transform {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) done(new GateError(`more than ${this.#most} bytes`));
    else done(null, chunk);
  }
}
