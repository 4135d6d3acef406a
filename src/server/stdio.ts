import type { Readable, Writable } from 'node:stream';
import { eraOf } from '../controls/message-validation/control.ts';
import { Exchange } from '../pipeline/context.ts';
import { deny } from '../pipeline/decision.ts';
import { runSteps } from '../pipeline/run.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { isRequestId, type RequestId } from '../protocol/message.ts';
import { META, MODERN_VERSION } from '../protocol/versions.ts';
import { describeError } from '../text/describe-error.ts';
import { Caller } from './caller.ts';
import type { Engine } from './engine.ts';
import { errorMessage, resultMessage } from './http/reply.ts';
import { readLines } from './lines.ts';
import type { Sink } from './sink.ts';

/** Messages of one stdio process. */
export interface StdioSession {
  /** Resolves when the input has ended and every call in progress has. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Takes a line of the legacy era, with what it parses to; false when it is for the modern engine. */
export type LegacyStdio = (line: Buffer, value: unknown) => boolean;

/**
 * Serves the modern era over a byte stream of newline-delimited messages (MCP 2026-07-28 basic/transports/stdio). Output
 * carries messages only; the process ends when its input does.
 */
export function serveStdio(engine: Engine, input: Readable, output: Writable, legacy?: LegacyStdio): StdioSession {
  const session = new Stdio(engine, output, legacy !== undefined);
  // A reader that went away has cancelled everything; unheard, the error would end the process before its cleanup.
  output.on('error', () => session.cancelAll());
  const lines = readLines(input, engine.parts.sizes.bodyBytes, {
    line(line: Buffer): void {
      const value = peek(line);
      if (legacy?.(line, value) !== true) void session.receive(line, value);
    },
    tooLong: () => session.refuseOversize(),
  });
  return { ended: lines.ended.then(() => session.drain()), close: () => session.cancelAll() };
}

/** What became of the caller of one request. */
class StdioCaller extends Caller {
  /** The client has cancelled the request; nothing more is said of it. */
  cancelled = false;
}

class Stdio {
  readonly #engine: Engine;
  readonly #output: Writable;
  readonly #open = new Map<RequestId, StdioCaller>();
  readonly #work = new Set<Promise<void>>();
  readonly #hasLegacy: boolean;

  constructor(engine: Engine, output: Writable, hasLegacy: boolean) {
    this.#hasLegacy = hasLegacy;
    this.#engine = engine;
    this.#output = output;
  }

  receive(line: Buffer, value: unknown): Promise<void> {
    const done = this.#receive(line, value).finally(() => this.#work.delete(done));
    this.#work.add(done);
    return done;
  }

  refuseOversize(): void {
    const exchange = new Exchange('stdio', 'modern');
    const denial = deny('BODY_TOO_LARGE');
    this.#engine.refused(exchange, denial);
    this.#write(errorMessage(exchange, denial, this.#engine.parts.errors));
  }

  /** INVARIANT: at the end of input, streams end and calls in progress are cancelled; nothing is left running. */
  async drain(): Promise<void> {
    this.cancelAll();
    await Promise.all(this.#work);
  }

  cancelAll(): void {
    for (const caller of this.#open.values()) caller.leave();
  }

  async #receive(line: Buffer, value: unknown): Promise<void> {
    const isClosed = !this.#hasLegacy && isObject(value) && eraOf(value, undefined, MODERN_VERSION) === 'legacy';
    // A request of a closed era is told which versions are served, not that its _meta is missing.
    const exchange = new Exchange('stdio', isClosed ? 'legacy' : 'modern');
    exchange.body = line;
    const plan = this.#engine.plan('stdio', 'modern');
    const refused = runSteps(plan.transport, exchange);
    if (refused instanceof Promise) await refused;
    // The caller is the user who started the process (MCP 2026-07-28 basic/index#auth).
    exchange.principal = this.#engine.parts.settings.localPrincipal;
    if (this.#cancels(value)) return;
    const caller = new StdioCaller();
    const sink: Sink = {
      notify: (method: string, params: JsonObject) => {
        if (!caller.cancelled) this.#notify(method, params);
      },
      onGone: (listener) => caller.onGone(listener),
    };
    const id = isObject(value) && isRequestId(value['id']) ? value['id'] : undefined;
    if (id !== undefined && this.#open.has(id)) {
      const denial = deny('MESSAGE_INVALID', { detail: 'the id is in use' });
      this.#engine.refused(exchange, denial);
      return this.#write(errorMessage(exchange, denial, this.#engine.parts.errors));
    }
    if (id !== undefined) this.#open.set(id, caller);
    try {
      const answer = await this.#engine.answer(exchange, sink);
      const { kind } = exchange.message ?? {};
      if (answer.kind === 'gone' || caller.cancelled || kind === 'notification' || kind === 'response') return;
      if (answer.kind === 'result') this.#answer(exchange, answer.json);
      else this.#write(errorMessage(exchange, answer.denial, this.#engine.parts.errors));
    } catch (error) {
      const denial = deny('INTERNAL', { detail: describeError(error) });
      this.#engine.refused(exchange, denial);
      this.#write(errorMessage(exchange, denial, this.#engine.parts.errors));
    } finally {
      if (id !== undefined) this.#open.delete(id);
    }
  }

  /**
   * INVARIANT: a result of `subscriptions/listen` is a stream that this server ended, and on stdio a cancellation says so
   * as well (basic/patterns/cancellation). It comes last: a client that has read the result need not heed it.
   */
  #answer(exchange: Exchange, json: string): void {
    const { message } = exchange;
    this.#write(resultMessage(exchange, json));
    if (message?.kind === 'request' && message.method === 'subscriptions/listen') {
      this.#notify('notifications/cancelled', { requestId: message.id, _meta: { [META.subscription]: message.id } });
    }
  }

  #notify(method: string, params: JsonObject): void {
    this.#write(this.#engine.parts.neutralJson({ jsonrpc: '2.0', method, params }));
  }

  #cancels(value: unknown): boolean {
    if (!isObject(value) || value['method'] !== 'notifications/cancelled' || Object.hasOwn(value, 'id')) return false;
    const id = isObject(value['params']) ? value['params']['requestId'] : undefined;
    const open = isRequestId(id) ? this.#open.get(id) : undefined;
    if (open !== undefined) open.cancelled = true;
    open?.leave();
    return true;
  }

  #write(message: string): void {
    if (!this.#output.destroyed) this.#output.write(`${message}\n`);
  }
}

function peek(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}
