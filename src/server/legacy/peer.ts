import { createRequestId, type Exchange } from '../../pipeline/context.ts';
import type { Session } from '../../pipeline/session.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { isRequestId, type Message, type RequestId } from '../../protocol/message.ts';
import { Caller } from '../caller.ts';
import type { Answer, Engine } from '../engine.ts';
import { errorMessage, resultMessage } from '../http/reply.ts';
import type { Sink } from '../sink.ts';
import type { Change } from '../subscriptions.ts';
import { legacyQuestion } from './shape.ts';

/** Takes messages to the client; `relatedTo` is the request that they belong to. Neither call fails. */
export interface Channel {
  send(message: string, relatedTo?: RequestId): void;
  /** Ends a request that gets no answer. */
  drop(request: RequestId): void;
}

/** One request in progress. */
class Call extends Caller {
  readonly asks = new Set<RequestId>();
}

/** One legacy client: its calls in progress, our questions to it, and what it wants to hear of. */
export class Peer {
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #channel: Channel;
  readonly #calls = new Map<RequestId, Call>();
  readonly #asks = new Map<RequestId, (result: unknown) => void>();
  readonly #work = new Set<Promise<void>>();
  #asked = 0;

  constructor(engine: Engine, session: Session, channel: Channel) {
    this.#engine = engine;
    this.#session = session;
    this.#channel = channel;
  }

  /** Whether a request of that id is in progress. */
  has(id: unknown): boolean {
    return isRequestId(id) && this.#calls.has(id);
  }

  /** Does the work of an admitted request and sends its answer. */
  serve(exchange: Exchange): Promise<void> {
    const done = this.#serve(exchange).finally(() => this.#work.delete(done));
    this.#work.add(done);
    return done;
  }

  /** Takes an admitted notification or answer. One that means nothing here is ignored. */
  take(message: Message): void {
    if (message.kind === 'response') this.#asks.get(message.id)?.(message.result);
    if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') return;
    const { requestId } = message.params;
    if (isRequestId(requestId)) this.#calls.get(requestId)?.leave();
  }

  /** Tells the client of a change that it may hear of; `listener` is the request that opened its stream. */
  async hear(change: Change, listener: Exchange | undefined): Promise<void> {
    if (listener?.principal === undefined || Date.now() >= listener.principal.expiresAt) return;
    if (change.kind === 'list') return this.#notify(`notifications/${change.name}/list_changed`, {});
    const { uri } = change;
    if (!this.#session.watched.has(uri)) return;
    const allowed = await this.#engine.mayRead(listener, uri).catch(() => false);
    if (allowed) this.#notify('notifications/resources/updated', { uri });
  }

  /** Cancels whatever is in progress; resolves when it has stopped. */
  async end(): Promise<void> {
    for (const call of this.#calls.values()) call.leave();
    await Promise.all(this.#work);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { message } = exchange;
    if (message?.kind !== 'request') return this.#engine.release(exchange);
    const { id } = message;
    const call = new Call();
    this.#calls.set(id, call);
    let answer: Answer;
    try {
      answer = await this.#engine.dispatch(exchange, this.#sink(id, call));
    } finally {
      this.#calls.delete(id);
      this.#withdraw(id, call);
    }
    if (answer.kind === 'result') this.#channel.send(resultMessage(exchange, answer.json), id);
    else if (answer.kind === 'gone') this.#channel.drop(id);
    else this.#channel.send(errorMessage(exchange, answer.denial, this.#engine.parts.errors), id);
  }

  #sink(id: RequestId, call: Call): Sink {
    return {
      notify: (method, params) => this.#notify(method, params, id),
      onGone: (listener) => call.onGone(listener),
      ask: async (questions) =>
        new Map(
          await Promise.all(
            [...questions].map(async ([key, question]) => [key, await this.#ask(question, id, call)] as const),
          ),
        ),
    };
  }

  /** Resolves with the client's result, or with `undefined` when it answers by an error or the call ends first. */
  #ask(question: JsonObject, related: RequestId, call: Call): Promise<unknown> {
    this.#asked += 1;
    const id = `ask-${this.#asked}`;
    const request = legacyQuestion(question, this.#session.version, createRequestId());
    return new Promise((resolve) => {
      call.asks.add(id);
      this.#asks.set(id, (result) => {
        call.asks.delete(id);
        this.#asks.delete(id);
        resolve(result);
      });
      this.#channel.send(this.#json({ id, ...request }), related);
    });
  }

  /** INVARIANT: no question outlives the call that put it, so that a late answer reaches nobody. */
  #withdraw(related: RequestId, call: Call): void {
    for (const id of call.asks) {
      this.#notify('notifications/cancelled', { requestId: id, reason: 'the call has ended' }, related);
      this.#asks.get(id)?.(undefined);
    }
  }

  #notify(method: string, params: JsonObject, related?: RequestId): void {
    this.#channel.send(this.#json({ method, params }), related);
  }

  #json(message: JsonObject): string {
    return this.#engine.parts.neutralJson({ jsonrpc: '2.0', ...message });
  }
}
