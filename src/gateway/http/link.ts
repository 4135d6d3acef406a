import { randomInt } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { MessageChecks } from '../../controls/upstream-messages/control.ts';
import { FLOOD, type Flood } from '../../controls/upstream-messages/flood.ts';
import { encodeHeaderValue } from '../../protocol/header-value.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { REQUESTS } from '../../protocol/requests.ts';
import { META } from '../../protocol/versions.ts';
import type { Credential } from '../credentials/credential.ts';
import {
  ACKNOWLEDGED,
  acknowledged,
  CHECKED,
  LinkError,
  MOST_WAITING,
  textOf,
  UPDATED,
  type Link,
  type LinkCall,
  type LinkEvents,
  type LinkReason,
} from '../link.ts';
import { Asking, type AskingHost } from './asking.ts';
import { EventBody, insistOnIdentity, readMedia } from './reading.ts';
import { keepHearing, type Heard } from './stream.ts';
import type { Answering, Sent, Wire } from './wire.ts';

/** Who speaks over a wire. */
export interface Speaker {
  /** The principal; the empty string for all of them. */
  readonly principal: string;
  readonly credential: Credential | undefined;
}

const ACCEPT = 'application/json, text/event-stream';
const SESSION = /^[\x21-\x7e]{1,1024}$/;
const VERSION = /^\d{4}-\d{2}-\d{2}$/;
/** What is posted without an answer to come, at the same time. */
const MOST_POSTS = 32;
const GOODBYE_MS = 2_000;
const NOTHING = (): void => undefined;

/**
 * A link over Streamable HTTP, of either era: a request that carries the version of its protocol is sent as MCP 2026-07-28
 * basic/transports/streamable-http says, any other as 2025-11-25 basic/transports does.
 */
export class HttpLink implements Link, AskingHost {
  readonly #wire: Wire;
  readonly #speaker: Speaker;
  readonly #events: LinkEvents;
  readonly #waiting = new Map<number, Asking>();
  readonly checks: MessageChecks;
  readonly #flood: Pick<Flood, 'grows'>;
  readonly #over = new AbortController();
  // INVARIANT: two links do not use the same ids, so that what a proxy mixes up between them is told by its id.
  #next: number = randomInt(2 ** 32) * 1_024;
  #closed: string | undefined;
  /** Of the legacy era: the session, and the revision that was agreed on. */
  #session: string | undefined;
  #offered: string | undefined;
  #version: string | undefined;
  /** Ends when the upstream has been told that the handshake is done. */
  #ready: Promise<void> | undefined;
  #posts = 0;
  /** Ends when nothing is connected any more. */
  ended: Promise<void> = Promise.resolve();

  constructor(wire: Wire, speaker: Speaker, events: LinkEvents = {}, checks: MessageChecks = CHECKED) {
    this.#wire = wire;
    this.#speaker = speaker;
    this.#events = events;
    this.checks = checks;
    this.#flood = checks.createFlood();
  }

  get open(): boolean {
    return this.#closed === undefined;
  }

  async request(method: string, params: JsonObject, call: LinkCall): Promise<JsonObject> {
    if (this.#closed !== undefined) throw new LinkError('closed', this.#closed);
    if (call.signal?.aborted === true) throw new LinkError('cancelled', 'before it was asked');
    if (this.#waiting.size >= MOST_WAITING) throw new LinkError('busy', `${MOST_WAITING} requests wait for it already`);
    const id = this.#next++;
    const meta = isObject(params['_meta']) ? params['_meta'] : {};
    const whole = call.onProgress === undefined ? params : { ...params, _meta: { ...meta, progressToken: id } };
    const version = meta[META.version];
    const asking = new Asking(this, {
      id,
      method,
      headers: typeof version === 'string' ? { ...modernHeaders(version, method, params), ...call.headers } : {},
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params: whole }),
      call,
      isResumable: typeof version !== 'string',
    });
    this.#waiting.set(id, asking);
    void asking.send();
    const result = await asking.result;
    if (method === 'initialize') this.#agreed(result);
    return result;
  }

  notify(method: string, params: JsonObject = {}): void {
    // In the modern era there is nothing to tell an upstream over HTTP: a request is cancelled by closing its stream.
    if (this.#closed !== undefined || this.#version === undefined) return;
    const told = this.#post({ jsonrpc: '2.0', method, params });
    if (method === 'notifications/initialized') this.#ready = this.#beReady(told);
  }

  async #beReady(told: Promise<number | undefined>): Promise<void> {
    const status = await told;
    this.#ready = undefined;
    if (status !== undefined && status < 300) void keepHearing(this.#heard(), this.#over.signal);
  }

  close(why: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    for (const asking of this.#waiting.values()) asking.fail(new LinkError('closed', why));
    this.#over.abort();
    this.ended = this.#leave();
    this.#events.closed?.(why);
  }

  /** A session is ended in so many words; one that is gone already has been forgotten. */
  async #leave(): Promise<void> {
    if (this.#session !== undefined) {
      const answered = Promise.withResolvers<void>();
      const timer = setTimeout(answered.resolve, GOODBYE_MS);
      const done: Answering = {
        start: () => answered.resolve(),
        data: NOTHING,
        end: NOTHING,
        failed: () => answered.resolve(),
      };
      this.#sendNow({ method: 'DELETE', headers: {} }, done, AbortSignal.timeout(GOODBYE_MS)).catch(answered.resolve);
      await answered.promise;
      clearTimeout(timer);
    }
    await this.#wire.close();
  }

  async send(sent: Sent, answering: Answering, signal: AbortSignal): Promise<() => void> {
    if (this.#ready !== undefined) await this.#ready;
    if (this.#closed !== undefined) throw new LinkError('closed', this.#closed);
    return this.#sendNow(sent, answering, signal);
  }

  async #sendNow({ method, headers, body }: Sent, answering: Answering, signal: AbortSignal): Promise<() => void> {
    const { credential, principal } = this.#speaker;
    const own = credential === undefined ? {} : await credential.headers(principal, signal);
    if (signal.aborted) return NOTHING;
    const all: Record<string, string> = { ...own, 'accept-encoding': 'identity', 'user-agent': 'portcullis-gateway' };
    if (this.#version !== undefined) all['mcp-protocol-version'] = this.#version;
    if (this.#session !== undefined) all['mcp-session-id'] = this.#session;
    if (body !== undefined) Object.assign(all, { 'content-type': 'application/json', accept: ACCEPT });
    Object.assign(all, headers);
    return this.#wire.send({ method, headers: all, ...(body === undefined ? {} : { body }) }, answering);
  }

  began({ method }: Asking, status: number, headers: IncomingHttpHeaders): void {
    const session = headers['mcp-session-id'];
    if (method === 'initialize') {
      const isText = typeof session === 'string' && SESSION.test(session);
      if (session !== undefined && !isText) throw new LinkError('malformed', 'its session id is none');
      this.#offered = isText && status === 200 ? session : undefined;
    } else if (this.#version !== undefined) this.#insistOnSession(status, session);
  }

  /** INVARIANT: an answer from another session is somebody else's. */
  #insistOnSession(status: number, session: string | readonly string[] | undefined): void {
    if (this.#session !== undefined && status === 404) {
      this.#session = undefined;
      this.close('it has ended the session');
      throw new LinkError('closed', 'it has ended the session');
    }
    if (session === undefined || session === this.#session) return;
    this.close('it answered in another session');
    throw new LinkError('malformed', 'it answered in another session');
  }

  #agreed({ protocolVersion }: JsonObject): void {
    this.#session = this.#offered;
    if (typeof protocolVersion === 'string' && VERSION.test(protocolVersion)) this.#version = protocolVersion;
  }

  async refused(status: 401 | 403, challenge: string | undefined): Promise<boolean> {
    const { credential, principal } = this.#speaker;
    return credential !== undefined && (await credential.refused(principal, status, challenge));
  }

  over({ id }: Asking): void {
    this.#waiting.delete(id);
  }

  left({ id, method }: Asking, reason: LinkReason): void {
    // The handshake is not to be cancelled (MCP 2025-11-25 basic/utilities/cancellation).
    if (method !== 'initialize') this.notify('notifications/cancelled', { requestId: id, reason });
  }

  /** Requests of an upstream are refused unless a request of ours lets it ask; of its notifications few mean anything here. */
  heard({ id, method, params }: JsonObject, asking?: Asking): void {
    if (this.#flood.grows()) return this.close(FLOOD);
    if (id !== undefined) return this.#requested(String(method), id, params, asking);
    if (method === 'notifications/progress' && isObject(params)) return this.#progress(params, asking);
    if (method === 'notifications/message' && isObject(params)) return this.#logged(params, asking);
    if (typeof method === 'string' && method.endsWith('/list_changed')) return this.#events.changed?.(method);
    if (method === UPDATED && isObject(params)) return this.#events.updated?.(textOf(params['uri']));
    if (method === ACKNOWLEDGED && isObject(params))
      return acknowledged(params, (own) => (own === asking?.id ? asking.call : undefined));
    this.#events.stray?.(`the notification ${String(method).slice(0, 64)}`);
  }

  #requested(method: string, id: unknown, params: unknown, asking: Asking | undefined): void {
    const answer = (body: JsonObject): void => void this.#post({ jsonrpc: '2.0', id, ...body });
    const refuse = (): void => answer({ error: { code: -32601, message: 'Not available.' } });
    const isLegacy = this.#version !== undefined;
    const owner = method === 'ping' || !isLegacy ? undefined : this.#only('onRequest', asking);
    if (owner?.call.onRequest !== undefined) {
      owner.asked += 1;
      const answered = owner.call.onRequest(method, params).finally(() => (owner.asked -= 1));
      return void answered.then((result) => answer({ result }), refuse);
    }
    this.#events.stray?.(method === 'ping' ? 'ping' : `the request ${method.slice(0, 64)}`);
    // The modern era has no requests of a server, and no answers of a client.
    if (!isLegacy) return;
    if (method === 'ping') answer({ result: {} });
    else refuse();
  }

  /**
   * INVARIANT: a message that belongs to no request by its stream belongs to the only one that hears such messages, or to none. One
   * whose question is not answered yet is at a standstill, and comes after those that work. Where requests of several principals
   * wait nobody can tell whose it is.
   */
  #only(what: 'onLog' | 'onRequest', own: Asking | undefined): Asking | undefined {
    if (own !== undefined) return own;
    const all = [...this.#waiting.values()];
    if (new Set(all.flatMap(({ call }) => call.owner ?? [])).size > 1) return undefined;
    const hearing = all.filter(({ call }) => call[what] !== undefined);
    const working = hearing.filter(({ asked }) => asked === 0);
    const candidates = working.length === 0 ? hearing : working;
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  #logged({ level, data }: JsonObject, asking: Asking | undefined): void {
    const heard = this.#only('onLog', asking);
    if (heard === undefined) this.#events.stray?.('a log message about nothing');
    heard?.call.onLog?.(textOf(level), textOf(data));
  }

  /** INVARIANT: in the stream of one request there is progress of no other. */
  #progress({ progressToken, progress, total }: JsonObject, asking: Asking | undefined): void {
    const waiting = asking === undefined ? this.#waiting : new Map([[asking.id, asking]]);
    const about = typeof progress === 'number' ? this.checks.about(progressToken, waiting) : [];
    if (about.length === 0) return this.#events.stray?.('progress of nothing');
    for (const { call } of about)
      call.onProgress?.({ progress: Number(progress), total: typeof total === 'number' ? total : undefined });
  }

  /** Sends what has no answer, and gives the status; undefined when it did not arrive, or there is too much of it. */
  #post(message: JsonObject): Promise<number | undefined> {
    if (this.#posts >= MOST_POSTS) return Promise.resolve(undefined);
    this.#posts += 1;
    const told = Promise.withResolvers<number | undefined>();
    const timer = setTimeout(() => told.resolve(undefined), GOODBYE_MS * 5);
    let giveUp = NOTHING;
    let read = 0;
    const answering: Answering = {
      start: (status) => told.resolve(status),
      data: ({ length }) => {
        read += length;
        if (read > 65_536) giveUp();
      },
      end: NOTHING,
      failed: () => told.resolve(undefined),
    };
    this.#sendNow({ method: 'POST', headers: {}, body: JSON.stringify(message) }, answering, this.#over.signal).then(
      (abort) => void (giveUp = abort),
      () => told.resolve(undefined),
    );
    return told.promise.finally(() => {
      clearTimeout(timer);
      this.#posts -= 1;
    });
  }

  /** What the upstream says beside its answers, on the stream of the legacy era. */
  #heard(): Heard {
    return {
      send: (lastId, answering) => {
        const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
        return this.#sendNow({ method: 'GET', headers }, answering, this.#over.signal);
      },
      began: (status, headers) => {
        this.#insistOnSession(status, headers['mcp-session-id']);
        if (status !== 200) return undefined;
        insistOnIdentity(headers);
        if (readMedia(headers) !== 'events') throw new LinkError('malformed', 'its stream is none');
        return new EventBody(this.checks, (message) => this.#unasked(message));
      },
      missed: () => this.#events.changed?.('reconnected'),
      broken: (why) => this.#events.stray?.(why),
    };
  }

  #unasked(message: JsonObject): void {
    if (typeof message['method'] === 'string') return this.heard(message);
    if (this.#flood.grows()) return this.close(FLOOD);
    this.#events.stray?.('an answer to nothing');
  }
}

/** The headers that say what is in the body (MCP 2026-07-28 basic/transports/streamable-http#request-metadata). */
function modernHeaders(version: string, method: string, params: JsonObject): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-protocol-version': version, 'mcp-method': method };
  const named = REQUESTS.get(method)?.named;
  const name = named === undefined ? undefined : params[named];
  if (typeof name === 'string') headers['mcp-name'] = encodeHeaderValue(name);
  return headers;
}
