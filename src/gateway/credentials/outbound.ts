import type { customFetch } from 'oauth4webapi';
import { Agent, request } from 'undici';
import type { AllowedRanges } from '../../capabilities/http/address.ts';
import { SYSTEM_NETWORK, type Network } from '../../capabilities/http/connect.ts';
import { HttpError } from '../../capabilities/http/error.ts';
import { configure } from '../../controls/outbound-guard/control.ts';
import { isLoopbackHost } from '../../identity/resource.ts';
import { ownedBytes } from '../../capabilities/http/owned.ts';

/** Sends requests to authorization servers: only where a tool could go as well. */
export interface Outbound {
  /** As `fetch`, for oauth4webapi; it follows no redirect. @throws HttpError. */
  readonly fetch: Fetch;
  close(): Promise<void>;
}

/** What oauth4webapi is given to send with. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Response>;

/** What it sends. */
export interface FetchOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: URLSearchParams | string | undefined;
  readonly signal?: AbortSignal;
}

/** The symbol under which it takes them. */
export type FetchSymbol = typeof customFetch;

/** Where requests may go. */
export interface OutboundRules {
  readonly weakened: ReadonlySet<string>;
  /** Whether http to this loopback origin is meant. */
  readonly mayLoopback: (origin: string) => boolean;
  /** Private ranges that the deployment allows for a host. */
  readonly rangesOf: (name: string) => AllowedRanges;
  readonly network?: Network;
}

const MOST_BYTES = 256 * 1024;
const TIMEOUT_MS = 8_000;
const CONNECT_MS = 3_000;
const BODYLESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/**
 * Makes what sends. Metadata of an upstream says where its authorization server is, and a stranger wrote it: the address
 * guard of `http` stands before each connection, redirects are not followed, and answers are bounded.
 */
export function createOutbound({ weakened, mayLoopback, rangesOf, network = SYSTEM_NETWORK }: OutboundRules): Outbound {
  const common = {
    connections: 8,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: 16_384,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  };
  const connect = configure(weakened).connector({ network, timeoutMs: CONNECT_MS, rangesOf });
  const outside = new Agent({ ...common, connect });
  const inside = new Agent({ ...common, connect: { timeout: CONNECT_MS } });
  const dispatcherFor = (url: URL): Agent => {
    if (url.username !== '' || url.password !== '') throw new HttpError('refused', 'a URL with a user in it');
    if (isLoopbackHost(url.hostname) && mayLoopback(url.origin)) return inside;
    if (url.protocol !== 'https:') throw new HttpError('refused', `${url.origin} is not https`);
    return outside;
  };
  return {
    async fetch(text, { method, headers, body, signal }) {
      const url = new URL(text);
      const dispatcher = dispatcherFor(url);
      const late = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const answer = await request(url, {
          dispatcher,
          method,
          headers: { ...headers, 'accept-encoding': 'identity' },
          body: body === undefined ? null : String(body),
          signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        });
        answer.body.on('error', () => undefined);
        const one = (name: string): string | undefined => {
          const value = answer.headers[name];
          return Array.isArray(value) ? value.join(', ') : value;
        };
        const bytes = await readBounded(answer.body);
        const shown = ['content-type', 'www-authenticate'].flatMap((name) => {
          const value = one(name);
          return value === undefined ? [] : [[name, value] as [string, string]];
        });
        return new Response(BODYLESS.has(answer.statusCode) ? null : new Uint8Array(bytes), {
          status: answer.statusCode,
          headers: shown,
        });
      } catch (error) {
        if (error instanceof HttpError) throw error;
        if (late.aborted) throw new HttpError('timeout', `${url.origin} did not answer in time`);
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
        throw new HttpError('unreachable', `${url.origin}: ${code}`);
      }
    },
    async close() {
      await Promise.all([outside.destroy(), inside.destroy()]);
    },
  };
}

/** Reads an answer to its end, of which nothing else is kept meanwhile. @throws HttpError `too-large`. */
async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new HttpError('too-large', `the answer has more than ${MOST_BYTES} bytes`);
    chunks.push(ownedBytes(chunk));
  }
  return Buffer.concat(chunks, size);
}
