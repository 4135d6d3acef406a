import { LinkError } from '../link.ts';
import { ownedBytes } from '../../capabilities/http/owned.ts';

/** One event of a stream that has data (HTML Living Standard, section 9.2). */
export interface StreamEvent {
  readonly type: string;
  readonly data: Buffer;
}

/** Bytes of one stream within a minute, comments and blank lines too. */
const MOST_IN_MINUTE = 64 * 1024 * 1024;
const MINUTE_MS = 60_000;
/** Pieces that one event may come in, for each has a price beside its bytes. */
export const MOST_PARTS = 131_072;
const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BREAK = Buffer.from([LF]);
const MOST_ID = 1_024;

/** Reads server-sent events as they come, holding at most one of them. */
export class EventReader {
  readonly #most: number;
  readonly #event: (event: StreamEvent) => void;
  /** The id that the stream was at last at; what a stream that broke is resumed from. */
  lastId: string | undefined;
  /** Milliseconds after which the upstream wants to be asked again. */
  retryMs: number | undefined;
  #held: Buffer[] = [];
  #size = 0;
  #data: Buffer[] = [];
  #dataSize = 0;
  #type = '';
  /** Whether the chunk before ended between a CR and what may be its LF. */
  #afterReturn = false;
  #isFirst = true;
  #since: number = performance.now();
  #inMinute = 0;

  /**
   * @param most Bytes of one event, and of one line.
   * @param event What is done with each event; those without data are left out.
   */
  constructor(most: number, event: (event: StreamEvent) => void) {
    this.#most = most;
    this.#event = event;
  }

  /** @throws LinkError `malformed` when an event is too large, or the stream has no end to it. */
  write(chunk: Buffer): void {
    this.#count(chunk.length);
    const ends = new LineEnds(chunk);
    let start = this.#afterReturn && chunk[0] === LF ? 1 : 0;
    if (chunk.length > 0) this.#afterReturn = false;
    for (let end = ends.from(start); end !== -1; end = ends.from(start)) {
      this.#hold(chunk.subarray(start, end));
      start = end + 1;
      if (chunk[end] === CR) {
        if (start === chunk.length) this.#afterReturn = true;
        else if (chunk[start] === LF) start += 1;
      }
      const [only, second] = this.#held;
      const line = only !== undefined && second === undefined ? only : Buffer.concat(this.#held);
      [this.#held, this.#size] = [[], 0];
      this.#line(line);
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  #count(bytes: number): void {
    const now = performance.now();
    if (now - this.#since > MINUTE_MS) [this.#since, this.#inMinute] = [now, 0];
    this.#inMinute += bytes;
    if (this.#inMinute > MOST_IN_MINUTE)
      throw new LinkError('malformed', `its stream has more than ${MOST_IN_MINUTE} bytes a minute`);
  }

  #hold(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#most || this.#held.length > MOST_PARTS) throw this.#tooLarge();
    this.#held.push(part);
  }

  #tooLarge(): LinkError {
    return new LinkError('malformed', `an event of its stream has more than ${this.#most} bytes`);
  }

  #line(whole: Buffer): void {
    const line = this.#isFirst ? withoutMark(whole) : whole;
    this.#isFirst = false;
    if (line.length === 0) return this.#dispatch();
    const colon = line.indexOf(COLON);
    if (colon === 0) return;
    const name = line.toString('latin1', 0, colon === -1 ? Math.min(line.length, 16) : Math.min(colon, 16));
    const from = colon === -1 ? line.length : colon + (line[colon + 1] === SPACE ? 2 : 1);
    this.#field(name, line.subarray(from));
  }

  #field(name: string, value: Buffer): void {
    if (name === 'data') {
      this.#dataSize += value.length + 1;
      if (this.#dataSize > this.#most || this.#data.length > MOST_PARTS) throw this.#tooLarge();
      if (this.#data.length > 0) this.#data.push(BREAK);
      this.#data.push(ownedBytes(value));
    } else if (name === 'event') this.#type = value.toString('latin1', 0, 64);
    else if (name === 'id') this.#identify(value);
    else if (name === 'retry' && /^\d{1,9}$/.test(value.toString('latin1', 0, 16)))
      this.retryMs = Number(value.toString('latin1'));
  }

  /** It goes back in a header, so that it holds nothing that could end one. */
  #identify(value: Buffer): void {
    const text = value.toString('latin1', 0, MOST_ID + 1);
    if (value.length <= MOST_ID && /^[\x20-\x7e]+$/.test(text)) this.lastId = text;
  }

  #dispatch(): void {
    const [parts, type] = [this.#data, this.#type];
    [this.#data, this.#dataSize, this.#type] = [[], 0, ''];
    const data = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    if (data.length > 0) this.#event({ type: type === '' ? 'message' : type, data });
  }
}

/** Where lines end in a chunk. Each of the two marks is looked for once, however many lines there are of the other. */
class LineEnds {
  readonly #chunk: Buffer;
  #feed = -2;
  #return = -2;

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  /** The first end at or after a place; -1 when there is none. */
  from(place: number): number {
    if (this.#feed !== -1 && this.#feed < place) this.#feed = this.#chunk.indexOf(LF, place);
    if (this.#return !== -1 && this.#return < place) this.#return = this.#chunk.indexOf(CR, place);
    if (this.#feed === -1) return this.#return;
    return this.#return === -1 ? this.#feed : Math.min(this.#feed, this.#return);
  }
}

function withoutMark(line: Buffer): Buffer {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}
