import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../protocol/json.ts';
import type { NeutralJson } from '../../controls/output-neutralisation/control.ts';
import type { Sink } from '../sink.ts';

/** Bytes that may wait for a slow reader before it is cut off. */
const MOST_WAITING = 1024 * 1024;

/** A response that becomes an event stream when something has to be said before the answer. */
export class ResponseStream implements Sink {
  readonly #response: ServerResponse;
  readonly #headers: readonly string[];
  readonly #json: NeutralJson;
  readonly #idleMs: number;
  #beat: NodeJS.Timeout | undefined;
  #open = false;

  constructor(response: ServerResponse, headers: readonly string[], json: NeutralJson, idleMs: number) {
    this.#response = response;
    this.#headers = headers;
    this.#json = json;
    this.#idleMs = idleMs;
  }

  /** Whether the response has become a stream. */
  get open(): boolean {
    return this.#open;
  }

  notify(method: string, params: JsonObject): void {
    this.#send(this.#json({ jsonrpc: '2.0', method, params }));
    // A reader that does not read would hold our memory. The answer has bounds of its own, in size and in time.
    if (this.#response.writableLength > MOST_WAITING) this.#response.destroy();
  }

  onGone(listener: () => void): () => void {
    const response = this.#response;
    const hear = () => {
      if (!response.writableFinished) listener();
    };
    // It may have closed while the request was being admitted.
    if (response.destroyed) hear();
    else response.once('close', hear);
    return () => response.off('close', hear);
  }

  /** Sends the answer as the last event and ends the stream. */
  finish(message: string): void {
    this.#send(message);
    clearInterval(this.#beat);
    this.#response.end();
  }

  #send(message: string): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    if (!this.#open) this.#start();
    response.write(`event: message\ndata: ${message}\n\n`);
  }

  #start(): void {
    this.#open = true;
    const response = this.#response;
    response.writeHead(200, [...this.#headers, 'Content-Type', 'text/event-stream', 'X-Accel-Buffering', 'no']);
    this.#beat = setInterval(() => {
      if (!response.destroyed) response.write(':\n\n');
    }, this.#idleMs);
    response.once('close', () => clearInterval(this.#beat));
  }
}
