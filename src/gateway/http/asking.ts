import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageChecks } from '../../controls/upstream-messages/control.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { LinkError, readResult, type LinkCall, type LinkReason } from '../link.ts';
import { EventBody, ReasonBody, WholeBody, readMedia, readMessage, type Body } from './reading.ts';
import type { Answering, Sent } from './wire.ts';

/** What a request needs of the link that it is made on. */
export interface AskingHost {
  /** How what is answered is read. */
  readonly checks: MessageChecks;
  /** Sends it with the headers of the link and the credential. @throws LinkError or Refusal. */
  send(sent: Sent, answering: Answering, signal: AbortSignal): Promise<() => void>;
  /** Looks at every answer before it is read. @throws LinkError. */
  began(asking: Asking, status: number, headers: IncomingHttpHeaders): void;
  /** Whether the same may be sent once more; 401 or 403. @throws LinkError or Refusal. */
  refused(status: 401 | 403, challenge: string | undefined): Promise<boolean>;
  /** A notification or a request of the upstream. @throws LinkError. */
  heard(message: JsonObject, asking: Asking): void;
  /** It has its answer, or none. */
  over(asking: Asking): void;
  /** The caller does not wait any more for what was sent. */
  left(asking: Asking, reason: LinkReason): void;
}

/** One request as it is asked. */
export interface Asked {
  readonly id: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly call: LinkCall;
  /** Whether a stream that breaks may be resumed (MCP 2025-11-25 basic/transports#resumability-and-redelivery). */
  readonly isResumable: boolean;
}

/** What an upstream still sends behind an answer is read so long, for the sake of the connection. */
const LINGER_MS = 1_000;
const MOST_RESUMED = 100;
const RESUME_MS = 1_000;
const LEAST_WAIT_MS = 50;

/** One request in progress: one POST, and the one answer to it, in JSON or in events. */
export class Asking implements Answering {
  readonly id: number;
  readonly method: string;
  readonly call: LinkCall;
  /** How many requests of the upstream it is answering. */
  asked = 0;
  readonly result: Promise<JsonObject>;
  readonly #host: AskingHost;
  readonly #asked: Asked;
  readonly #controller = new AbortController();
  readonly #stop: () => void;
  #resolve: (result: JsonObject) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #isOver = false;
  #giveUp: () => void = () => undefined;
  #status = 0;
  #challenge: string | undefined;
  #body: Body | undefined;
  #isAgain = false;
  /** What it went on from at last; nothing while it is the request itself that is sent. */
  #from: string | undefined;
  #resumed = 0;

  constructor(host: AskingHost, asked: Asked) {
    this.#host = host;
    this.#asked = asked;
    this.id = asked.id;
    this.method = asked.method;
    this.call = asked.call;
    const { timeoutMs, signal } = asked.call;
    this.result = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
    const timer =
      timeoutMs === Infinity
        ? undefined
        : setTimeout(() => this.#leave('timeout', `no answer within ${timeoutMs} ms`), timeoutMs);
    const aborted = (): void => this.#leave('cancelled', 'the caller left');
    signal?.addEventListener('abort', aborted, { once: true });
    this.#stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
  }

  /** Sends it, with its body or, to go on reading, without. */
  async send(resumeFrom?: string): Promise<void> {
    const { headers, body } = this.#asked;
    this.#from = resumeFrom;
    const sent: Sent =
      resumeFrom === undefined
        ? { method: 'POST', headers, body }
        : { method: 'GET', headers: { accept: 'text/event-stream', 'last-event-id': resumeFrom } };
    try {
      const giveUp = await this.#host.send(sent, this, this.#controller.signal);
      if (this.#isOver) giveUp();
      else this.#giveUp = giveUp;
    } catch (error) {
      this.fail(error);
    }
  }

  start(status: number, headers: IncomingHttpHeaders): void {
    [this.#status, this.#body] = [status, undefined];
    this.#host.began(this, status, headers);
    const { checks } = this.#host;
    if (status === 200)
      this.#body =
        readMedia(headers) === 'json'
          ? new WholeBody(checks.mostBytes)
          : new EventBody(checks, (message) => this.#message(message));
    else if (status >= 300 && status < 400)
      throw new LinkError('malformed', `it redirects (${status}), which is not followed`);
    else if (status < 400) throw new LinkError('malformed', `it answers a request with the status ${status}`);
    else {
      this.#challenge = challengeOf(headers);
      this.#body = new ReasonBody();
    }
  }

  data(chunk: Buffer): void {
    this.#body?.data(chunk);
  }

  end(): void {
    if (this.#isOver) return;
    const body = this.#body;
    if (body instanceof WholeBody) this.#answer(readMessage(body.bytes(), this.#host.checks) ?? {});
    else if (body instanceof EventBody) this.#resume(new LinkError('malformed', 'its stream ended without an answer'));
    else if (body instanceof ReasonBody) this.#refused(body.message(this.id));
  }

  failed(error: LinkError): void {
    if (this.#body instanceof ReasonBody && error.reason === 'refused') this.#refused(undefined);
    else if (error.reason === 'closed') this.#resume(error);
    else this.fail(error);
  }

  #message(message: JsonObject): void {
    if (this.#isOver) return;
    if (typeof message['method'] === 'string') this.#host.heard(message, this);
    else this.#answer(message);
  }

  /** INVARIANT: in the answer to one request there is no other answer than its own. */
  #answer(message: JsonObject): void {
    const { checks } = this.#host;
    if (checks.requestOf(message['id']) !== this.id) throw new LinkError('malformed', 'it answers another request');
    const result = readResult(message, checks);
    if (this.#body instanceof EventBody) setTimeout(this.#giveUp, LINGER_MS).unref();
    this.#giveUp = () => undefined;
    if (result instanceof LinkError) return this.fail(result);
    if (!this.#isOver) this.#resolve(result);
    this.#finish();
  }

  #refused(message: JsonObject | undefined): void {
    const status = this.#status;
    const told = message === undefined ? undefined : readResult(message, this.#host.checks, status);
    const why =
      told instanceof LinkError ? told : new LinkError('refused', `it answered with the status ${status}`, { status });
    if (status === 401 || status === 403) void this.#unauthorized(status, why);
    else this.fail(why);
  }

  async #unauthorized(status: 401 | 403, why: LinkError): Promise<void> {
    const mayRepeat = status === 401 && !this.#isAgain;
    this.#isAgain = true;
    try {
      const again = await this.#host.refused(status, this.#challenge);
      // INVARIANT: nothing else is sent a second time: it may have had its effect. What is only gone on with has begun.
      if (again && mayRepeat && !this.#isOver) await this.send(this.#from);
      else this.fail(why);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Goes on reading a stream that broke off, where the upstream says how: nothing is asked again. */
  #resume(why: LinkError): void {
    const reader = this.#body instanceof EventBody ? this.#body.reader : undefined;
    const { lastId, retryMs = RESUME_MS } = reader ?? {};
    if (!this.#asked.isResumable || lastId === undefined || this.#resumed >= MOST_RESUMED) return this.fail(why);
    this.#resumed += 1;
    delay(Math.max(LEAST_WAIT_MS, retryMs), undefined, { signal: this.#controller.signal }).then(
      () => this.send(lastId),
      () => undefined,
    );
  }

  #leave(reason: LinkReason, detail: string): void {
    if (this.#isOver) return;
    this.fail(new LinkError(reason, detail));
    this.#host.left(this, reason);
  }

  /** Ends it without an answer. */
  fail(error: unknown): void {
    if (!this.#isOver) this.#reject(error);
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop();
    this.#controller.abort();
    this.#giveUp();
    this.#host.over(this);
  }
}

function challengeOf(headers: IncomingHttpHeaders): string | undefined {
  // Several of them come as a list.
  const challenge: unknown = headers['www-authenticate'];
  if (Array.isArray(challenge)) return challenge.join(', ');
  return typeof challenge === 'string' ? challenge : undefined;
}
