import type { IncomingHttpHeaders } from 'node:http';
import type { MessageChecks } from '../../controls/upstream-messages/control.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { CHECKED, LinkError } from '../link.ts';
import { EventReader, MOST_PARTS } from './events.ts';

/** The body of an answer, as it comes. */
export interface Body {
  /** @throws LinkError `malformed`. */
  data(chunk: Buffer): void;
}

/** Bytes of a body that says why there is no answer. */
const MOST_REASON = 65_536;

/** Collects a body, up to a limit. */
export class WholeBody implements Body {
  readonly #most: number;
  readonly #parts: Buffer[] = [];
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  data(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#most || this.#parts.length > MOST_PARTS)
      throw new LinkError('malformed', `its answer has more than ${this.#most} bytes`);
    this.#parts.push(chunk);
  }

  bytes(): Buffer {
    const [only, second] = this.#parts;
    return only !== undefined && second === undefined ? only : Buffer.concat(this.#parts, this.#size);
  }
}

/** The start of a body that says why there is no answer; what is longer is not kept. */
export class ReasonBody implements Body {
  readonly #parts: Buffer[] = [];
  #size = 0;

  data(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > MOST_REASON || this.#parts.length > MOST_REASON / 16)
      throw new LinkError('refused', 'without end');
    this.#parts.push(chunk);
  }

  /** The JSON-RPC error in it, where there is one for this request, or for none by its id. */
  message(id: number): JsonObject | undefined {
    const read = CHECKED.read(Buffer.concat(this.#parts));
    if (read === undefined || 'fault' in read) return undefined;
    const { message } = read;
    const isOwn = message['id'] === id || message['id'] === null || message['id'] === undefined;
    return isOwn && isObject(message['error']) ? message : undefined;
  }
}

/** Messages in events, as they come. */
export class EventBody implements Body {
  readonly reader: EventReader;

  constructor(checks: MessageChecks, message: (message: JsonObject) => void) {
    this.reader = new EventReader(checks.mostBytes, ({ type, data }) => {
      const read = type === 'message' ? readMessage(data, checks) : undefined;
      if (read !== undefined) message(read);
    });
  }

  data(chunk: Buffer): void {
    this.reader.write(chunk);
  }
}

/**
 * One message, from bytes that a stranger sent; nothing where a fault is passed over.
 * @throws LinkError `malformed`.
 */
export function readMessage(bytes: Uint8Array, checks: MessageChecks): JsonObject | undefined {
  const read = checks.read(bytes);
  if (read === undefined) return undefined;
  if ('fault' in read) throw new LinkError('malformed', `it sent ${read.fault}`);
  return read.message;
}

/**
 * What kind of body an answer with status 200 has.
 * @throws LinkError `malformed` for any other than MCP has, and for a compressed one, which could inflate to anything.
 */
export function readMedia(headers: IncomingHttpHeaders): 'json' | 'events' {
  insistOnIdentity(headers);
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';');
  const charset = parameters.map((each) => each.trim().toLowerCase()).find((each) => each.startsWith('charset='));
  const isReadable = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const media = type.trim().toLowerCase();
  if (isReadable && media === 'application/json') return 'json';
  if (isReadable && media === 'text/event-stream') return 'events';
  throw new LinkError('malformed', `it answers with the content type ${JSON.stringify(type.slice(0, 64))}`);
}

/** @throws LinkError `malformed` when a body is compressed, which nobody asked for. */
export function insistOnIdentity(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity' && encoding.trim() !== '')
    throw new LinkError('malformed', `it answers in the encoding ${JSON.stringify(encoding.slice(0, 32))}`);
}
