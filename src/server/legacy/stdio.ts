import type { Writable } from 'node:stream';
import { enterSession } from '../../controls/session-binding/control.ts';
import { eraOf } from '../../controls/message-validation/control.ts';
import { Exchange } from '../../pipeline/context.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import { runSteps } from '../../pipeline/run.ts';
import type { Session } from '../../pipeline/session.ts';
import { Watched } from '../../pipeline/watched.ts';
import { isObject } from '../../protocol/json.ts';
import { MODERN_VERSION } from '../../protocol/versions.ts';
import type { Engine } from '../engine.ts';
import { errorMessage, resultMessage } from '../http/reply.ts';
import { paramsOf } from '../methods/method.ts';
import type { LegacyStdio } from '../stdio.ts';
import type { Subscriptions } from '../subscriptions.ts';
import { negotiate } from './methods.ts';
import { Peer } from './peer.ts';

/** The legacy era on a byte stream. */
export interface LegacyStream {
  readonly receive: LegacyStdio;
  /** Cancels what is in progress; resolves when it has stopped. */
  close(): Promise<void>;
}

/**
 * Serves the legacy era over a byte stream: `initialize` opens the one session that the process has, and from then on
 * every line without the modern `_meta` belongs to it (MCP 2025-11-25 basic/lifecycle).
 */
export function createLegacyStdio(engine: Engine, subscriptions: Subscriptions, output: Writable): LegacyStream {
  const stream = new Stream(engine, output);
  const untap = subscriptions.tap((change) => stream.hear(change));
  return {
    receive(line: Buffer, value: unknown): boolean {
      if (!stream.claims(value)) return false;
      void stream.receive(line);
      return true;
    },
    async close(): Promise<void> {
      untap();
      await stream.end();
    },
  };
}

class Stream {
  readonly #engine: Engine;
  readonly #output: Writable;
  readonly #work = new Set<Promise<void>>();
  #open: { readonly session: Session; readonly peer: Peer; readonly exchange: Exchange } | undefined;

  constructor(engine: Engine, output: Writable) {
    this.#engine = engine;
    this.#output = output;
  }

  /** Whether a line is for this era; a cancellation is, where the request that it names is. */
  claims(value: unknown): boolean {
    if (!isObject(value) || eraOf(value, undefined, MODERN_VERSION) === 'modern') return false;
    if (this.#open === undefined) return value['method'] === 'initialize';
    if (value['method'] !== 'notifications/cancelled') return true;
    return isObject(value['params']) && this.#open.peer.has(value['params']['requestId']);
  }

  receive(line: Buffer): Promise<void> {
    const done = this.#receive(line).finally(() => this.#work.delete(done));
    this.#work.add(done);
    return done;
  }

  hear(change: Parameters<Peer['hear']>[0]): void {
    void this.#open?.peer.hear(change, this.#open.exchange);
  }

  async end(): Promise<void> {
    this.#open?.session.watched.close();
    await this.#open?.peer.end();
    await Promise.all(this.#work);
  }

  async #receive(line: Buffer): Promise<void> {
    const exchange = new Exchange('stdio', 'legacy');
    exchange.body = line;
    const plan = this.#engine.plan('stdio', 'legacy');
    const denial = await runSteps(plan.transport, exchange);
    if (denial !== undefined) return this.#refuse(exchange, denial);
    // The caller is the user who started the process (MCP 2025-11-25 basic/authorization#protocol-requirements).
    exchange.principal = this.#engine.parts.settings.localPrincipal;
    if (this.#open !== undefined) enterSession(exchange, this.#open.session);
    const settled = await this.#engine.admit(exchange);
    if (settled?.kind === 'denial') return this.#answer(exchange, settled.denial);
    if (settled?.kind === 'result') return this.#write(resultMessage(exchange, settled.json));
    return this.#serve(exchange);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { message } = exchange;
    const isInitialize = message?.kind === 'request' && message.method === 'initialize';
    const isTaken = message?.kind === 'request' && this.#open?.peer.has(message.id) === true;
    if (isTaken || isInitialize === (this.#open !== undefined)) {
      this.#engine.release(exchange);
      return this.#refuse(exchange, deny('MESSAGE_INVALID', { detail: isTaken ? 'the id is in use' : 'initialized' }));
    }
    if (isInitialize) this.#open = this.#openSession(exchange);
    if (message?.kind === 'request') return this.#open?.peer.serve(exchange);
    this.#engine.release(exchange);
    if (message !== undefined) this.#open?.peer.take(message);
  }

  #openSession(exchange: Exchange): { session: Session; peer: Peer; exchange: Exchange } | undefined {
    const { principal } = exchange;
    if (principal === undefined) return undefined;
    const { capabilities } = paramsOf(exchange);
    const session: Session = {
      id: 'stdio',
      principal,
      version: negotiate(exchange),
      clientCapabilities: isObject(capabilities) ? capabilities : {},
      logLevel: undefined,
      watched: new Watched(),
    };
    enterSession(exchange, session);
    const peer = new Peer(this.#engine, session, { send: (message) => this.#write(message), drop: () => undefined });
    session.watched.hearBy((uri) => this.hear({ kind: 'resource', uri }));
    return { session, peer, exchange };
  }

  #refuse(exchange: Exchange, denial: Denial): void {
    this.#engine.refused(exchange, denial);
    this.#answer(exchange, denial);
  }

  #answer(exchange: Exchange, denial: Denial): void {
    const { kind } = exchange.message ?? {};
    if (kind === 'notification' || kind === 'response') return;
    this.#write(errorMessage(exchange, denial, this.#engine.parts.errors));
  }

  #write(message: string): void {
    if (!this.#output.destroyed) this.#output.write(`${message}\n`);
  }
}
