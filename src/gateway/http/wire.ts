import type { IncomingHttpHeaders } from 'node:http';
import { Pool, type Dispatcher } from 'undici';
import { createConnector, type TlsRules } from '../../capabilities/http/connect.ts';
import { HttpError } from '../../capabilities/http/error.ts';
import { LinkError } from '../link.ts';
import { ownedBytes } from '../../capabilities/http/owned.ts';
import type { Place } from './place.ts';

/** One HTTP request to the one URL of an upstream. */
export interface Sent {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What comes of a request. What one of these throws ends it, and comes back by `failed`. */
export interface Answering {
  start(status: number, headers: IncomingHttpHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  /** Instead of `end`, once; nothing comes after it. */
  failed(error: LinkError): void;
}

/** The connections to one upstream, on behalf of one principal. */
export interface Wire {
  /** Sends a request once, and gives what gives it up. */
  send(sent: Sent, answering: Answering): () => void;
  close(): Promise<void>;
}

const CONNECTIONS = 64;
const CONNECT_MS = 5_000;
const HEADER_BYTES = 16_384;
const LONGEST_IDLE_MS = 60_000;

/**
 * Opens the connections to an upstream: kept alive, to addresses that were checked (see `createConnector`). Nothing is sent
 * before the first request.
 */
export function openWire({ origin, path, ranges, network }: Place, tls: TlsRules = {}): Wire {
  const connections = new Pool(origin, {
    connections: CONNECTIONS,
    // One after the other: the answer that follows a broken one would be taken for that of the next request.
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: HEADER_BYTES,
    keepAliveMaxTimeout: LONGEST_IDLE_MS,
    // Every request has a deadline of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: createConnector({ network, timeoutMs: CONNECT_MS, rangesOf: () => ranges, tls }),
  });
  return {
    send({ method, headers, body }: Sent, answering: Answering): () => void {
      const exchange = new Exchange(answering);
      try {
        connections.dispatch({ path, method, headers, body: body ?? null }, exchange);
      } catch (error) {
        exchange.fail(error);
      }
      return () => exchange.abort();
    },
    close: () => connections.destroy(),
  };
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #answering: Answering;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // INVARIANT: what was given up is not sent, and nothing is sent twice.
    if (this.#isOver || this.#controller !== undefined) controller.abort(GIVEN_UP);
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#run(() => this.#answering.start(status, headers));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#run(() => this.#answering.data(ownedBytes(chunk)));
  }

  onResponseEnd(): void {
    this.#run(() => {
      this.#answering.end();
      this.#isOver = true;
    });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Ends it without a word; its connection with it. */
  abort(): void {
    this.#isOver = true;
    this.#controller?.abort(GIVEN_UP);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.abort();
    this.#answering.failed(asLinkError(error));
  }

  #run(step: () => void): void {
    if (this.#isOver) return;
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }
}

const GIVEN_UP = new Error('given up');

function asLinkError(error: unknown): LinkError {
  if (error instanceof LinkError) return error;
  if (error instanceof HttpError) return new LinkError('closed', `it cannot be reached: ${HttpError.detailOf(error)}`);
  // Its parser gives a code for some mistakes and none for others.
  const { name, code = name } = error instanceof Error ? (error as NodeJS.ErrnoException) : { name: 'failed' };
  if (name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW')
    return new LinkError('malformed', `what it sent is no HTTP: ${code}`);
  return new LinkError('closed', `the connection to it broke: ${code}`);
}
