import type { IncomingHttpHeaders } from 'node:http';
import { isObject, parseJson, type JsonObject } from '../../protocol/json.ts';
import { LinkError, MESSAGE_LIMITS, MOST_BYTES } from '../link.ts';
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

  constructor(most: number = MOST_BYTES) {
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
    const parsed = parseJson(Buffer.concat(this.#parts), MESSAGE_LIMITS);
    if ('problem' in parsed || !isObject(parsed.value)) return undefined;
    const { value } = parsed;
    const isOwn = value['id'] === id || value['id'] === null || value['id'] === undefined;
    return isOwn && value['jsonrpc'] === '2.0' && isObject(value['error']) ? value : undefined;
  }
}

/** Messages in events, as they come. */
export class EventBody implements Body {
  readonly reader: EventReader;

  constructor(message: (message: JsonObject) => void) {
    this.reader = new EventReader(MOST_BYTES, ({ type, data }) => {
      if (type === 'message') message(readMessage(data));
    });
  }

  data(chunk: Buffer): void {
    this.reader.write(chunk);
  }
}

/**
 * One message, from bytes that a stranger sent.
 * @throws LinkError `malformed`.
 */
export function readMessage(bytes: Uint8Array): JsonObject {
  const parsed = parseJson(bytes, MESSAGE_LIMITS);
  if ('problem' in parsed) throw new LinkError('malformed', `it sent a message that is ${parsed.problem}`);
  if (!isObject(parsed.value) || parsed.value['jsonrpc'] !== '2.0')
    throw new LinkError('malformed', 'it sent something that is no message');
  return parsed.value;
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
