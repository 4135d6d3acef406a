import type { ServerResponse } from 'node:http';
import type { Exchange } from '../../pipeline/context.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Session } from '../../pipeline/session.ts';
import { isObject } from '../../protocol/json.ts';
import { enterSession } from '../../controls/session-binding/control.ts';
import type { Engine } from '../engine.ts';
import type { LegacyHost } from '../http/handler.ts';
import type { Reply } from '../http/reply.ts';
import { paramsOf } from '../methods/method.ts';
import type { Subscriptions } from '../subscriptions.ts';
import type { Connection, StreamProblem } from './connection.ts';
import { negotiate } from './methods.ts';
import type { StreamBounds } from './pump.ts';

/** The legacy era over HTTP, with a way to end a principal's sessions. */
export interface LegacyHttp extends LegacyHost {
  endFor(test: (principal: Principal) => boolean): void;
}

/**
 * Serves the legacy era over HTTP (MCP 2025-11-25 basic/transports#streamable-http). Every request is decided on before
 * the SDK's transport sees it, so that a refusal is an HTTP status and not an event in a stream.
 */
export function createLegacyHttp(engine: Engine, reply: Reply, subscriptions: Subscriptions): LegacyHttp {
  const host = new Host(engine, reply);
  const untap = subscriptions.tap((change) => host.hear(change));
  const { sessions } = engine.parts;
  return {
    handle: (exchange, _, response) => host.handle(exchange, response),
    endFor: (test) => sessions.endFor(test),
    async close(): Promise<void> {
      untap();
      sessions.close();
      await host.drain();
    },
  };
}

class Host {
  readonly #engine: Engine;
  readonly #reply: Reply;
  readonly #connections = new Map<Session, Connection>();
  readonly #closing = new Set<Promise<void>>();

  constructor(engine: Engine, reply: Reply) {
    this.#engine = engine;
    this.#reply = reply;
  }

  hear(change: Parameters<Connection['hear']>[0]): void {
    for (const connection of this.#connections.values()) connection.hear(change);
  }

  async drain(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async handle(exchange: Exchange, response: ServerResponse): Promise<void> {
    exchange.era = 'legacy';
    const settled = await this.#engine.admit(exchange);
    if (settled?.kind === 'result') return this.#reply.result(response, exchange, settled.json);
    if (settled?.kind === 'denial') return this.#reply.denial(response, exchange, settled.denial);
    try {
      await this.#serve(exchange, response);
    } finally {
      this.#engine.release(exchange);
    }
  }

  #serve(exchange: Exchange, response: ServerResponse): Promise<void> | void {
    const { message, http, session } = exchange;
    if (message?.kind === 'request' && message.method === 'initialize') return this.#open(exchange, response);
    const connection = session === undefined ? undefined : this.#connections.get(session);
    if (session === undefined || connection === undefined)
      return this.#refuse(exchange, response, deny('SESSION_UNKNOWN'));
    if (message?.kind === 'request') return this.#post(exchange, session, connection, response);
    if (message !== undefined) {
      connection.peer.take(message);
      return this.#reply.empty(response, exchange, 202);
    }
    if (http?.method === 'GET') return this.#listen(exchange, session, connection, response);
    this.#engine.parts.sessions.end(session, 'deleted');
    return this.#reply.empty(response, exchange, 200);
  }

  async #open(exchange: Exchange, response: ServerResponse): Promise<void> {
    const { capabilities } = paramsOf(exchange);
    // Loaded with the first legacy client: the modern era does without.
    const { Connection } = await import('./connection.ts');
    const { sessions } = this.#engine.parts;
    const agreement = {
      version: negotiate(exchange),
      clientCapabilities: isObject(capabilities) ? capabilities : {},
    };
    const session = sessions.open(exchange, agreement, (ended) => this.#close(ended));
    if ('pass' in session) return this.#refuse(exchange, response, session);
    enterSession(exchange, session);
    const connection = new Connection(this.#engine, session);
    this.#connections.set(session, connection);
    await this.#post(exchange, session, connection, response);
    if (exchange.denial !== undefined) sessions.end(session, 'refused');
  }

  async #post(exchange: Exchange, session: Session, connection: Connection, response: ServerResponse): Promise<void> {
    if (exchange.message?.kind === 'request' && connection.peer.has(exchange.message.id)) {
      return this.#refuse(exchange, response, deny('MESSAGE_INVALID', { detail: 'the id is in use' }));
    }
    const letGo = this.#engine.parts.sessions.hold(session);
    try {
      const taken = await connection.post(exchange, response, this.#bounds(exchange, session));
      if (!taken) this.#refuse(exchange, response, deny('PARAMS_INVALID', { detail: 'refused by the transport' }));
    } finally {
      letGo();
    }
  }

  async #listen(exchange: Exchange, session: Session, connection: Connection, response: ServerResponse): Promise<void> {
    const headers = exchange.http?.headers;
    const accept = (headers?.accept ?? '').toLowerCase();
    if (!accept.includes('text/event-stream') && !accept.includes('*/*')) {
      return this.#refuse(exchange, response, deny('NOT_ACCEPTABLE', { detail: accept }));
    }
    const last = headers?.['last-event-id'];
    const letGo = this.#engine.parts.sessions.hold(session);
    try {
      const lastEventId = typeof last === 'string' ? last : undefined;
      const problem = await connection.listen(exchange, response, this.#bounds(exchange, session), lastEventId);
      if (problem !== undefined) this.#refuse(exchange, response, PROBLEMS[problem]);
    } finally {
      letGo();
    }
  }

  #refuse(exchange: Exchange, response: ServerResponse, denial: Denial): void {
    this.#engine.refused(exchange, denial);
    this.#reply.denial(response, exchange, denial);
  }

  #close(session: Session): void {
    const connection = this.#connections.get(session);
    this.#connections.delete(session);
    if (connection === undefined) return;
    const closing = connection.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** INVARIANT: no stream outlives the token that opened it. */
  #bounds(exchange: Exchange, { id }: Session): StreamBounds {
    const { limits } = this.#engine.parts.settings;
    const left = (exchange.principal?.expiresAt ?? 0) - Date.now();
    return {
      headers: [...this.#reply.headers(exchange), 'Mcp-Session-Id', id],
      lifetimeMs: Math.min(limits.streamMs, left),
      mostWaiting: 2 * limits.resultBytes,
    };
  }
}

const PROBLEMS: Readonly<Record<StreamProblem, Denial>> = {
  conflict: deny('STREAM_LIMIT', { detail: 'the stream is open', retryAfter: 1 }),
  'unknown event': deny('MESSAGE_INVALID', { detail: 'an event id that is unknown or too old' }),
  refused: deny('MESSAGE_INVALID', { detail: 'refused by the transport' }),
};
