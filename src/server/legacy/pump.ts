import type { ServerResponse } from 'node:http';

/** How a stream is written, and when it ends at the latest. */
export interface StreamBounds {
  /** Headers of the response, names and values in turn. */
  readonly headers: readonly string[];
  /** Milliseconds after which the stream ends; a client may resume it. */
  readonly lifetimeMs: number;
  /** Bytes that may wait for a slow reader before it is cut off. */
  readonly mostWaiting: number;
}

const LONGEST_TIMER = 2 ** 31 - 1;

/** Writes a web stream of events to a response until either ends, its time is over, or the reader does not read. */
export async function pump(answer: Response, response: ServerResponse, bounds: StreamBounds): Promise<void> {
  if (answer.body === null) {
    response.writeHead(answer.status, [...bounds.headers]).end();
    return;
  }
  const reader = answer.body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(stop, Math.max(0, Math.min(bounds.lifetimeMs, LONGEST_TIMER)));
  response.once('close', stop);
  response.writeHead(answer.status, [
    ...bounds.headers,
    'Content-Type',
    'text/event-stream',
    'X-Accel-Buffering',
    'no',
  ]);
  response.flushHeaders();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || response.destroyed) break;
      response.write(value);
      // A reader that does not read would hold our memory.
      if (response.writableLength > bounds.mostWaiting) response.destroy();
    }
  } finally {
    clearTimeout(timer);
    response.off('close', stop);
    stop();
    response.end();
  }
}
