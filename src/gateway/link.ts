import type { Readable, Writable } from 'node:stream';
import { configure, type MessageChecks } from '../controls/upstream-messages/control.ts';
import { FLOOD, type Flood } from '../controls/upstream-messages/flood.ts';
import type { ReverseChannel } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { META } from '../protocol/versions.ts';
import { readLines } from '../server/lines.ts';

/** Why an upstream did not answer. */
export type LinkReason =
  | 'closed' // it ended, or its stream broke
  | 'timeout'
  | 'busy' // too many requests wait for it already; it was not asked
  | 'cancelled'
  | 'malformed' // what it answered is no answer
  | 'refused'; // it answered with an error

/** What an upstream refused with: the error of its answer, and over HTTP the status. */
export interface RefusedWith {
  readonly error?: JsonObject | undefined;
  readonly status?: number;
}

/** A request that an upstream did not serve. `detail` may hold the upstream's words, and is for the operator alone. */
export class LinkError extends Error {
  readonly reason: LinkReason;
  readonly detail: string;
  readonly refusedWith: RefusedWith;

  constructor(reason: LinkReason, detail: string, refusedWith: RefusedWith = {}) {
    super(`upstream: ${reason}`);
    this.name = 'LinkError';
    this.reason = reason;
    this.detail = detail;
    this.refusedWith = refusedWith;
  }
}

/** Progress of one request, as an upstream tells it. */
export interface LinkProgress {
  readonly progress: number;
  readonly total: number | undefined;
}

/** How one request is made. */
export interface LinkCall {
  /** `Infinity` where the signal alone ends it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The principal in whose name it is made; nobody's when absent. */
  readonly owner?: string | undefined;
  readonly onProgress?: ((progress: LinkProgress) => void) | undefined;
  /** What the client of the request can be asked for; nothing when absent. */
  readonly asks?: ReadonlySet<ReverseChannel> | undefined;
  /** A message of the upstream's log about this request: its level, and what it says as text. */
  readonly onLog?: ((level: string, text: string) => void) | undefined;
  /**
   * Answers a request of the upstream that belongs to this one; all are refused when it is absent, and those for which it
   * rejects.
   */
  readonly onRequest?: ((method: string, params: unknown, name?: string) => Promise<JsonObject>) | undefined;
  /** Hears what a request to listen was granted (MCP 2026-07-28 basic/patterns/subscriptions#acknowledgment). */
  readonly onAcknowledged?: ((filter: unknown) => void) | undefined;
  /** The level from which the client of the request hears of its log; it does not when absent. */
  readonly logLevel?: string | undefined;
  /** Sent beside the request where it goes over HTTP; lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One connection to an upstream that speaks JSON-RPC. */
export interface Link {
  /**
   * Asks, and gives the result. It is asked once: whoever wants it again has to know that it had no effect.
   * @throws LinkError
   */
  request(method: string, params: JsonObject, call: LinkCall): Promise<JsonObject>;
  notify(method: string, params?: JsonObject): void;
  /** Ends every request in progress; at once, and more than once without harm. */
  close(why: string): void;
  /** Whether it takes requests. */
  readonly open: boolean;
}

/** What else of an upstream is heard. */
export interface LinkEvents {
  /** One of its lists has changed, by its notification. */
  changed?(method: string): void;
  /** A resource has changed, or a part of it. */
  updated?(uri: string): void;
  /** A message that belongs to nothing, or a request of its own, which is refused. */
  stray?(what: string): void;
  closed?(why: string): void;
}

/** What tells of a resource that has changed, and what of being listened to. */
export const UPDATED = 'notifications/resources/updated';
/** See `UPDATED`. */
export const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/** Every message is checked. */
export const CHECKED: MessageChecks = configure(new Set());
/** Requests in progress on one link. */
export const MOST_WAITING = 256;
/** Bytes that wait to be written to an upstream which does not read. */
const MOST_UNSENT = 16 * 1024 * 1024;

interface Waiting extends Pick<LinkCall, 'owner' | 'onProgress' | 'onLog' | 'onRequest' | 'onAcknowledged'> {
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: LinkError) => void;
  /** How many requests of the upstream it is answering. */
  asked: number;
  readonly stop: () => void;
}

/** Opens a link over the standard streams of a process. Everything that comes is read as a stranger's. */
export function openLink(
  input: Readable,
  output: Writable,
  events: LinkEvents = {},
  checks: MessageChecks = CHECKED,
): Link {
  return new LineLink(input, output, events, checks);
}

class LineLink implements Link {
  readonly #output: Writable;
  readonly #events: LinkEvents;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #isCorked = false;
  #closed: string | undefined;
  readonly #checks: MessageChecks;
  readonly #flood: Pick<Flood, 'grows'>;

  constructor(input: Readable, output: Writable, events: LinkEvents, checks: MessageChecks) {
    this.#output = output;
    this.#events = events;
    this.#checks = checks;
    this.#flood = checks.createFlood();
    const lines = readLines(input, checks.mostBytes, {
      line: (line) => this.#receive(line),
      tooLong: () => this.close(`it sent a message of more than ${checks.mostBytes} bytes`),
    });
    void lines.ended.then(() => this.close('it has ended'));
    output.on('error', () => this.close('it does not read any more'));
  }

  get open(): boolean {
    return this.#closed === undefined;
  }

  request(method: string, params: JsonObject, call: LinkCall): Promise<JsonObject> {
    const { timeoutMs, signal, owner, onProgress, onLog, onRequest, onAcknowledged } = call;
    if (this.#closed !== undefined) return Promise.reject(new LinkError('closed', this.#closed));
    if (signal?.aborted === true) return Promise.reject(new LinkError('cancelled', 'before it was asked'));
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.reject(new LinkError('busy', `${MOST_WAITING} requests wait for it already`));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const give = (reason: LinkReason, detail: string): void => {
        if (!this.#waiting.delete(id)) return;
        stop();
        this.notify('notifications/cancelled', { requestId: id, reason });
        reject(new LinkError(reason, detail));
      };
      const timer =
        timeoutMs === Infinity
          ? undefined
          : setTimeout(() => give('timeout', `no answer within ${timeoutMs} ms`), timeoutMs);
      const aborted = (): void => give('cancelled', 'the caller left');
      signal?.addEventListener('abort', aborted, { once: true });
      const stop = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
      };
      this.#waiting.set(id, { resolve, reject, owner, onProgress, onLog, onRequest, onAcknowledged, asked: 0, stop });
      this.#send({ jsonrpc: '2.0', id, method, params: onProgress === undefined ? params : withToken(params, id) });
    });
  }

  notify(method: string, params: JsonObject = {}): void {
    if (this.#closed === undefined) this.#send({ jsonrpc: '2.0', method, params });
  }

  close(why: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    for (const { reject, stop } of this.#waiting.values()) {
      stop();
      reject(new LinkError('closed', why));
    }
    this.#waiting.clear();
    this.#output.end();
    this.#events.closed?.(why);
  }

  #send(message: JsonObject): void {
    this.#output.write(`${JSON.stringify(message)}\n`);
    // The first goes at once; what the same turn of the event loop brings beside it goes in one write.
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#output.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#output.uncork();
      });
    }
    if (this.#output.writableLength > MOST_UNSENT) this.close('it does not read what it is sent');
  }

  #receive(line: Buffer): void {
    if (this.#closed !== undefined) return;
    const read = this.#checks.read(line);
    if (read === undefined) return;
    // INVARIANT: a line that is no message could be half of one: nothing that comes after it can be believed.
    if ('fault' in read) return this.close(`it sent ${read.fault}`);
    const { message } = read;
    if (typeof message['method'] === 'string') this.#heard(message['method'], message);
    else this.#answered(message);
  }

  #answered(message: JsonObject): void {
    const id = this.#checks.requestOf(message['id']);
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) {
      if (this.#flood.grows()) return this.close(FLOOD);
      return this.#events.stray?.('an answer to nothing');
    }
    this.#waiting.delete(id);
    waiting.stop();
    const result = readResult(message, this.#checks);
    if (result instanceof LinkError) waiting.reject(result);
    else waiting.resolve(result);
  }

  /** Requests of an upstream are refused unless a request of ours lets it ask; of its notifications few mean anything here. */
  #heard(method: string, { id, params }: JsonObject): void {
    if (this.#flood.grows()) return this.close(FLOOD);
    if (id !== undefined) return this.#requested(method, id, params);
    if (method === 'notifications/progress' && isObject(params)) return this.#progress(params);
    if (method === 'notifications/message' && isObject(params)) return this.#logged(params);
    if (method.endsWith('/list_changed')) return this.#events.changed?.(method);
    if (method === UPDATED && isObject(params)) return this.#events.updated?.(textOf(params['uri']));
    if (method === ACKNOWLEDGED && isObject(params)) return acknowledged(params, (id) => this.#waiting.get(id));
    this.#events.stray?.(`the notification ${method.slice(0, 64)}`);
  }

  #requested(method: string, id: unknown, params: unknown): void {
    if (method === 'ping') {
      this.#events.stray?.('ping');
      return this.#send({ jsonrpc: '2.0', id, result: {} });
    }
    const waiting = this.#only('onRequest');
    const refuse = (): void => {
      if (this.open) this.#send({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Not available.' } });
    };
    if (waiting?.onRequest === undefined) {
      this.#events.stray?.(`the request ${method.slice(0, 64)}`);
      return refuse();
    }
    waiting.asked += 1;
    const answered = waiting.onRequest(method, params).finally(() => (waiting.asked -= 1));
    return void answered.then((result) => this.open && this.#send({ jsonrpc: '2.0', id, result }), refuse);
  }

  /**
   * INVARIANT: a message that names no request of ours belongs to the only one that hears such messages, or to none. One whose
   * question is not answered yet is at a standstill, and comes after those that work. Where requests of several principals wait
   * nobody can tell whose it is, and what is about the one is not for the other.
   */
  #only(what: 'onLog' | 'onRequest'): Waiting | undefined {
    const all = [...this.#waiting.values()];
    if (new Set(all.flatMap(({ owner }) => owner ?? [])).size > 1) return undefined;
    const hearing = all.filter((waiting) => waiting[what] !== undefined);
    const working = hearing.filter(({ asked }) => asked === 0);
    const candidates = working.length === 0 ? hearing : working;
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  #logged({ level, data }: JsonObject): void {
    const waiting = this.#only('onLog');
    if (waiting === undefined) this.#events.stray?.('a log message about nothing');
    waiting?.onLog?.(textOf(level), textOf(data));
  }

  #progress({ progressToken, progress, total }: JsonObject): void {
    const about = typeof progress === 'number' ? this.#checks.about(progressToken, this.#waiting) : [];
    if (about.length === 0) return this.#events.stray?.('progress of nothing');
    for (const { onProgress } of about)
      onProgress?.({ progress: Number(progress), total: typeof total === 'number' ? total : undefined });
  }
}

/** Tells a request to listen what it was granted, by the id of the request. */
export function acknowledged(
  { _meta: meta, notifications }: JsonObject,
  find: (id: number) => Pick<LinkCall, 'onAcknowledged'> | undefined,
): void {
  const id = isObject(meta) ? meta[META.subscription] : undefined;
  if (typeof id === 'number') find(id)?.onAcknowledged?.(notifications);
}

/** The result of an answer, or why it is none. */
export function readResult(answer: JsonObject, checks: MessageChecks, status?: number): JsonObject | LinkError {
  const { result, error } = answer;
  const kind = checks.kindOf(answer);
  if (kind === 'result' && isObject(result)) return result;
  if (kind === undefined || !isObject(error))
    return new LinkError('malformed', 'an answer has one of result and error');
  const detail = `${textOf(error['code'])}: ${textOf(error['message'])}`;
  return new LinkError('refused', detail, { error, ...(status === undefined ? {} : { status }) });
}

function withToken(params: JsonObject, progressToken: number): JsonObject {
  const meta = isObject(params['_meta']) ? params['_meta'] : {};
  return { ...params, _meta: { ...meta, progressToken } };
}

/** INVARIANT: a stranger's value is never made a string of by its own `toString`, which may be anything. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
