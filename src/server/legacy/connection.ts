import type { ServerResponse } from 'node:http';
import {
  type JSONRPCMessage,
  type MessageExtraInfo,
  parseJSONRPCMessage,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { Exchange } from '../../pipeline/context.ts';
import type { Session } from '../../pipeline/session.ts';
import type { RequestId } from '../../protocol/message.ts';
import { LEGACY_VERSIONS } from '../../protocol/versions.ts';
import type { Engine } from '../engine.ts';
import type { Change } from '../subscriptions.ts';
import { createRecentEvents, type RecentEvents } from './events.ts';
import { Peer } from './peer.ts';
import { pump, type StreamBounds } from './pump.ts';

/** What the transport calls the stream that a client opens by GET. */
const STANDALONE = '_GET_stream';
const RECENT_EVENTS = 128;
const RECENT_BYTES = 512 * 1024;
const RETRY_MS = 1_000;

/** Why a stream was not opened. */
export type StreamProblem = 'conflict' | 'unknown event' | 'refused';

/** One HTTP session: the SDK's transport, which has no say in what is served, and the peer behind it. */
export class Connection {
  readonly peer: Peer;
  readonly #session: Session;
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  readonly #events: RecentEvents;
  readonly #exchanges = new WeakMap<Request, Exchange>();
  readonly #taken = new WeakSet<Exchange>();
  /** The request that opened the stream for changes; deliveries are authorized by its token. */
  #listener: Exchange | undefined;

  constructor(engine: Engine, session: Session) {
    this.#session = session;
    session.watched.hearBy((uri) => this.hear({ kind: 'resource', uri }));
    this.#events = createRecentEvents(RECENT_EVENTS, RECENT_BYTES);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => session.id,
      eventStore: this.#events,
      retryInterval: RETRY_MS,
      keepAliveMs: engine.parts.settings.limits.streamIdleMs,
      supportedProtocolVersions: [...LEGACY_VERSIONS],
    });
    this.#transport = transport;
    this.peer = new Peer(engine, session, {
      send(message: string, relatedTo?: RequestId): void {
        const options = relatedTo === undefined ? undefined : { relatedRequestId: relatedTo };
        // A client that went away hears no more; its events are kept for a while.
        transport.send(parseJSONRPCMessage(JSON.parse(message)), options).catch(() => undefined);
      },
      drop(id: RequestId): void {
        transport.closeSSEStream(id);
        const error = { code: -32_800, message: 'The request was cancelled.' };
        transport.send({ jsonrpc: '2.0', id, error }).catch(() => undefined);
      },
    });
    Object.assign(transport, {
      onmessage: (_: JSONRPCMessage, extra?: MessageExtraInfo) => this.#take(extra?.request),
    });
  }

  /** Serves an admitted request over a stream of its own; false when the transport would not take it. */
  async post(exchange: Exchange, response: ServerResponse, bounds: StreamBounds): Promise<boolean> {
    const { message } = exchange;
    if (message?.kind !== 'request') return false;
    const { id, method, params } = message;
    const request = this.#request('POST', {});
    this.#exchanges.set(request, exchange);
    const answer = await this.#transport.handleRequest(request, { parsedBody: { jsonrpc: '2.0', id, method, params } });
    if (!this.#taken.has(exchange)) return false;
    await pump(answer, response, bounds);
    return true;
  }

  /** Opens the stream for changes, or resumes one that broke; resolves when it has ended. */
  async listen(
    exchange: Exchange,
    response: ServerResponse,
    bounds: StreamBounds,
    lastEventId: string | undefined,
  ): Promise<StreamProblem | undefined> {
    const resumed = lastEventId === undefined ? STANDALONE : await this.#events.getStreamIdForEventId(lastEventId);
    if (resumed === undefined) return 'unknown event';
    // The newest stream wins: the one before it may hang on a connection that is dead and does not know it.
    if (resumed === STANDALONE) this.#transport.closeStandaloneSSEStream();
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const answer = await this.#transport.handleRequest(this.#request('GET', headers));
    if (!answer.ok) return answer.status === 409 ? 'conflict' : 'refused';
    if (resumed === STANDALONE) this.#listener = exchange;
    await pump(answer, response, bounds);
    if (this.#listener === exchange) this.#listener = undefined;
    return undefined;
  }

  hear(change: Change): void {
    void this.peer.hear(change, this.#listener);
  }

  async close(): Promise<void> {
    this.#session.watched.close();
    await this.peer.end();
    await this.#transport.close();
  }

  #take(request: Request | undefined): void {
    const exchange = request === undefined ? undefined : this.#exchanges.get(request);
    if (exchange === undefined) return;
    this.#taken.add(exchange);
    void this.peer.serve(exchange);
  }

  /** INVARIANT: the transport sees no header of the caller's, least of all its token. */
  #request(method: 'GET' | 'POST', more: Readonly<Record<string, string>>): Request {
    return new Request('http://session.invalid/', {
      method,
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-session-id': this.#session.id,
        'mcp-protocol-version': this.#session.version,
        ...more,
      },
    });
  }
}
