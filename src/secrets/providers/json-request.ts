import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { http, https } from '../../builtin.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

/** A request with a JSON answer. */
export interface JsonRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** PEM of the authorities that the server's certificate may come from. */
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
}

/** Its answer. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty when the body is no JSON object. */
  readonly body: JsonObject;
}

const MOST_BYTES = 1024 * 1024;

/**
 * Sends one request on a connection of its own: redirects are not followed, so that a token goes to the configured address
 * alone; the environment's proxies are ignored.
 * @throws Error when there is no answer, or one that is too large.
 */
export async function requestJson({ url, method, headers, body, ca, signal }: JsonRequest): Promise<JsonAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { request } = url.protocol === 'https:' ? https() : http;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        signal,
        agent: false,
        headers: {
          accept: 'application/json',
          ...headers,
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(ca === undefined ? {} : { ca }),
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(text);
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: parse(Buffer.concat(chunks)) };
}

function parse(bytes: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
