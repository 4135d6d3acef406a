import type { Dispatcher } from 'undici';
import type { Allowed, OutboundGuard } from '../../controls/outbound-guard/control.ts';
import type { CapabilityContext } from '../capability.ts';
import { decodeBody, readBody } from './body.ts';
import type { Credentials } from './credentials.ts';
import { HttpError } from './error.ts';
import { harmless, showHeaders, withoutBody } from './headers.ts';
import type { HttpSpec } from './options.ts';
import type { RawAnswer } from './response.ts';
import type { Transport } from './transport.ts';

/** What sends for every call of one use of `http`. */
export interface Sender {
  readonly spec: HttpSpec;
  readonly transport: Transport;
  readonly credentials: Credentials;
  readonly guard: OutboundGuard;
  readonly log: (line: string) => void;
}

/** A request that was checked. */
export interface Outgoing extends Allowed {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const DISCARDED_BYTES = 16_384;

/**
 * Sends a request, follows its redirects and reads the answer.
 * @throws HttpError.
 */
export async function send(sender: Sender, context: CapabilityContext, first: Outgoing): Promise<RawAnswer> {
  const { spec } = sender;
  const late = AbortSignal.timeout(spec.timeoutMs);
  const signal = AbortSignal.any([context.signal, late]);
  let outgoing = first;
  let hasCredential = true;
  try {
    for (let hop = 0; ; hop++) {
      const response = await sendOne(sender, context, outgoing, hasCredential, signal);
      const { location } = response.headers;
      if (!REDIRECTS.has(response.statusCode) || typeof location !== 'string' || spec.redirects === 0)
        return await read(sender, outgoing, response);
      await response.body.dump({ limit: DISCARDED_BYTES, signal });
      if (hop === spec.redirects) throw new HttpError('redirects', `more than ${spec.redirects} redirects`);
      const next = follow(sender, outgoing, response.statusCode, location);
      // A host that redirects elsewhere must not spend the credential of that place, nor get its own back later.
      if (sender.guard.parts(first, next)) hasCredential = false;
      outgoing = next;
    }
  } catch (error) {
    throw asHttpError(error, context.signal, late);
  }
}

async function sendOne(
  { spec, transport, credentials }: Sender,
  context: CapabilityContext,
  { url, host, method, headers, body }: Outgoing,
  hasCredential: boolean,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  // INVARIANT: the token that the caller came with goes nowhere, not even to a declared host.
  if (holdsCallersToken(context, url, headers, body))
    throw new HttpError('refused', "the request holds the caller's access token");
  const route = transport.route(url, host);
  const sent: Record<string, string> = { accept: '*/*', ...headers, 'accept-encoding': 'identity' };
  if (route.host !== undefined) sent['host'] = route.host;
  const credential = hasCredential && host !== undefined ? await credentials.headerFor(host.key) : undefined;
  if (credential !== undefined) sent[credential[0]] = credential[1];
  signal.throwIfAborted();
  const response = await route.dispatcher.request({
    origin: route.origin,
    path: route.path,
    method,
    headers: sent,
    body: body ?? null,
    signal,
    headersTimeout: spec.timeoutMs,
    bodyTimeout: spec.timeoutMs,
  });
  // Unheard, what ends a body that nobody reads would end the process.
  response.body.on('error', () => undefined);
  return response;
}

function holdsCallersToken(
  { holdsCredential }: CapabilityContext,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer | undefined,
): boolean {
  if (holdsCredential === undefined) return false;
  const head = `${url.href}\n${Object.values(headers).join('\n')}`;
  return holdsCredential(head) || (body !== undefined && holdsCredential(body.toString('latin1')));
}

/** The request that a redirect asks for (RFC 9110 section 15.4, as the Fetch standard reads it). */
function follow({ spec, guard }: Sender, from: Outgoing, status: number, location: string): Outgoing {
  const resolved = URL.parse(location, from.url.href);
  if (resolved === null) throw new HttpError('refused', 'a redirect leads to no URL');
  resolved.hash = '';
  const target = guard.redirect(resolved, spec.hosts);
  const { method } = from;
  const becomesGet = (status === 303 && method !== 'HEAD') || (status <= 302 && method === 'POST');
  const body = becomesGet ? undefined : from.body;
  const headers = becomesGet ? withoutBody(from.headers) : from.headers;
  if (guard.parts(from, target)) {
    if (body !== undefined) throw new HttpError('refused', 'a redirect leads a body to another host');
    return { ...target, method: becomesGet ? 'GET' : method, headers: harmless(headers), body };
  }
  return { ...target, method: becomesGet ? 'GET' : method, headers, body };
}

async function read(
  { spec, credentials }: Sender,
  { url }: Outgoing,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<RawAnswer> {
  const one = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const received = await readBody(body, one('content-length'), spec.maxBytes);
  const bytes = await decodeBody(received, one('content-encoding'), spec.maxBytes);
  const shown = Object.entries(showHeaders(headers, spec.responseHeaders)).map(
    ([name, value]) => [name, credentials.withhold(value)] as const,
  );
  return {
    status: statusCode,
    headers: Object.fromEntries(shown),
    url: url.origin + url.pathname,
    body: withhold(credentials, bytes),
  };
}

/** A host that echoes the request would otherwise hand its credential to the handler. Latin-1 keeps every byte. */
function withhold(credentials: Credentials, bytes: Buffer): Uint8Array {
  const text = bytes.toString('latin1');
  const kept = credentials.withhold(text);
  const clean = kept === text ? bytes : Buffer.from(kept, 'latin1');
  // INVARIANT: a copy, for small buffers share their memory with others of the process.
  return new Uint8Array(clean);
}

function asHttpError(error: unknown, caller: AbortSignal, late: AbortSignal): HttpError {
  if (error instanceof HttpError) return error;
  if (caller.aborted) return new HttpError('closed', 'the call ended');
  if (late.aborted) return new HttpError('timeout', 'the request took too long');
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  if (code.includes('TIMEOUT')) return new HttpError('timeout', code);
  return new HttpError(code === 'UND_ERR_HEADERS_OVERFLOW' ? 'too-large' : 'unreachable', code);
}
