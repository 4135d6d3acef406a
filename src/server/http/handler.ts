import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { eraOf } from '../../controls/message-validation/control.ts';
import { Exchange, type HttpFacts } from '../../pipeline/context.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import { createGauge, type Gauge } from '../../pipeline/gauge.ts';
import { runSteps } from '../../pipeline/run.ts';
import { isOn } from '../../pipeline/settings.ts';
import { parseJson } from '../../protocol/json.ts';
import { MODERN_VERSION } from '../../protocol/versions.ts';
import { describeError } from '../../text/describe-error.ts';
import type { Engine } from '../engine.ts';
import { readBody } from './body.ts';
import { pageSteps, type PageRoutes } from './pages.ts';
import type { Reply } from './reply.ts';
import { errorMessage, resultMessage } from './reply.ts';
import { ResponseStream } from './stream.ts';

/** Serves what is asked before authentication: exact method and path, nothing else. */
export type PublicRoutes = ReadonlyMap<string, () => { readonly status: number; readonly body: string }>;

/** Serves the legacy era; it gets requests that have a principal. */
export interface LegacyHost {
  handle(exchange: Exchange, request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

/** What the handler works with. */
export interface HandlerParts {
  readonly engine: Engine;
  readonly reply: Reply;
  readonly routes: Pick<PublicRoutes, 'get'>;
  /** Pages for people, beside the endpoint. */
  readonly pages?: Pick<PageRoutes, 'get'> | undefined;
  readonly legacy: LegacyHost | undefined;
}

/** Handles one HTTP request, from its headers to its answer. Never throws. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Creates the handler of an HTTP host. */
export function createHandler(parts: HandlerParts): HttpHandler {
  const { engine, reply } = parts;
  const { settings } = engine.parts;
  const { limits } = settings;
  const places = isOn(settings, 'bounded-streams')
    ? createGauge(2 * (limits.concurrentPerPrincipal + limits.streamsPerPrincipal))
    : undefined;
  let inProgress = 0;
  return (request, response) => {
    const exchange = new Exchange('http', 'modern', factsOf(request));
    // Without a socket it waits behind an answer that its client may never read: by pipelining, one connection could
    // hold every place, and without a token.
    const isPipelined = response.socket === null;
    if (isPipelined || inProgress >= limits.concurrentTotal) {
      if (isPipelined) response.shouldKeepAlive = false;
      reply.denial(response, exchange, deny('OVERLOADED', { retryAfter: 1 }));
      return;
    }
    inProgress += 1;
    response.on('close', () => {
      inProgress -= 1;
    });
    handle(parts, exchange, request, response, places).then(
      () => cutUnread(response, limits.requestMs),
      (error: unknown) => {
        refuse(parts, exchange, response, deny('INTERNAL', { detail: describeError(error) }));
        // A stream that has begun cannot say so, and must not stay open.
        if (!response.writableEnded) response.destroy();
      },
    );
  };
}

/** An answer that its reader does not take would hold memory and a place for ever. */
function cutUnread(response: ServerResponse, mostMs: number): void {
  if (!response.writableEnded || response.writableLength === 0 || response.destroyed) return;
  const timer = setTimeout(() => response.destroy(), mostMs);
  response.once('close', () => clearTimeout(timer));
}

/** Takes a place for the principal until its answer has been read; false when it holds too many. */
function takePlace({ principal }: Exchange, response: ServerResponse, places: Gauge | undefined): boolean {
  if (places === undefined || principal === undefined || response.destroyed) return true;
  if (!places.take(principal.id)) return false;
  response.once('close', () => places.give(principal.id));
  return true;
}

function factsOf(request: IncomingMessage): HttpFacts {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? '',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    remoteAddress: request.socket.remoteAddress ?? '',
    encrypted: (request.socket as Partial<TLSSocket>).encrypted === true,
    connection: request.socket,
  };
}

function refuse({ engine, reply }: HandlerParts, exchange: Exchange, response: ServerResponse, denial: Denial): void {
  engine.refused(exchange, denial);
  reply.denial(response, exchange, denial);
}

async function handle(
  parts: HandlerParts,
  exchange: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
  places: Gauge | undefined,
): Promise<void> {
  const { engine, reply } = parts;
  const { http } = exchange;
  const plan = engine.plan('http', 'modern');
  const page = parts.pages?.get(`${http?.method} ${http?.path}`);
  if (page !== undefined) {
    const unfit = await runSteps(pageSteps(plan), exchange);
    return unfit === undefined ? page(request, response) : reject(parts, exchange, request, response, unfit);
  }
  const early = runSteps(plan.transport, exchange);
  const refused = early instanceof Promise ? await early : early;
  if (refused !== undefined) return reject(parts, exchange, request, response, refused);
  const route = parts.routes.get(`${http?.method} ${http?.path}`);
  if (route !== undefined) {
    const { status, body } = route();
    return reply.json(response, exchange, status, body);
  }
  const misplaced = misplacedRequest(parts, exchange);
  if (misplaced === 'preflight') return preflight(parts, exchange, response);
  if (misplaced !== undefined) return reject(parts, exchange, request, response, misplaced);
  const verdict = runSteps(plan.authenticate, exchange);
  const denied = verdict instanceof Promise ? await verdict : verdict;
  if (denied !== undefined) return reject(parts, exchange, request, response, denied);
  // A body that comes slowly and an answer that is not read are nobody's call in progress.
  if (!takePlace(exchange, response, places))
    return reject(parts, exchange, request, response, deny('CONCURRENCY_LIMIT', { retryAfter: 1 }));
  if (http?.method !== 'POST') return parts.legacy?.handle(exchange, request, response);
  const body = await readBody(request, engine.parts.sizes.bodyBytes);
  if (body === 'CANCELLED') return undefined;
  if (body === 'BODY_TOO_LARGE') return reject(parts, exchange, request, response, deny('BODY_TOO_LARGE'));
  exchange.body = body;
  exchange.era = chooseEra(exchange, body, parts);
  if (exchange.era === 'legacy' && parts.legacy !== undefined) return parts.legacy.handle(exchange, request, response);
  return answer(parts, exchange, response);
}

/** INVARIANT: a refused request is not read any further, and its connection is not used again. */
function reject(
  parts: HandlerParts,
  exchange: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
  denial: Denial,
): void {
  if (!request.complete) {
    response.shouldKeepAlive = false;
    response.once('finish', () => request.destroy());
  }
  refuse(parts, exchange, response, denial);
}

function misplacedRequest({ engine, legacy }: HandlerParts, { http }: Exchange): Denial | 'preflight' | undefined {
  const { settings } = engine.parts;
  if (http === undefined || http.path !== settings.http?.path) return deny('NOT_FOUND');
  if (http.method === 'POST') return undefined;
  if (
    http.method === 'OPTIONS' &&
    http.headers.origin !== undefined &&
    settings.http.allowedOrigins.has(http.headers.origin)
  ) {
    return 'preflight';
  }
  const isLegacy = legacy !== undefined && (http.method === 'GET' || http.method === 'DELETE');
  return isLegacy && http.headers['mcp-session-id'] !== undefined ? undefined : deny('METHOD_NOT_ALLOWED');
}

function preflight({ reply }: HandlerParts, exchange: Exchange, response: ServerResponse): void {
  reply.empty(response, exchange, 204, [
    'Access-Control-Allow-Methods',
    'POST, GET, DELETE',
    'Access-Control-Allow-Headers',
    (exchange.http?.headers['access-control-request-headers'] ?? '').replaceAll(/[^A-Za-z0-9-, ]/g, ''),
    'Access-Control-Max-Age',
    '600',
  ]);
}

function chooseEra({ http }: Exchange, body: Buffer, { legacy }: HandlerParts): 'modern' | 'legacy' {
  const header = http?.headers['mcp-protocol-version'];
  if (header === MODERN_VERSION) return 'modern';
  const parsed = parseJson(body, { depth: 64, string: Infinity, items: Infinity, keys: Infinity });
  if ('problem' in parsed) return header === undefined || legacy === undefined ? 'modern' : 'legacy';
  return eraOf(parsed.value, typeof header === 'string' ? header : undefined, MODERN_VERSION);
}

async function answer({ engine, reply }: HandlerParts, exchange: Exchange, response: ServerResponse): Promise<void> {
  const { parts } = engine;
  const stream = new ResponseStream(
    response,
    reply.headers(exchange),
    parts.neutralJson,
    parts.settings.limits.streamIdleMs,
  );
  const settled = await engine.answer(exchange, stream);
  if (settled.kind === 'gone') return;
  if (
    exchange.message?.kind === 'notification' &&
    settled.kind === 'denial' &&
    settled.denial.code === 'METHOD_UNKNOWN'
  ) {
    return acceptNotification(reply, exchange, response);
  }
  if (settled.kind === 'result') {
    if (stream.open) stream.finish(resultMessage(exchange, settled.json));
    else reply.result(response, exchange, settled.json);
    return;
  }
  if (stream.open) stream.finish(errorMessage(exchange, settled.denial, parts.errors));
  else reply.denial(response, exchange, settled.denial);
}

/** This revision has one notification from a client, and over HTTP it says nothing (basic/transports/streamable-http). */
function acceptNotification(reply: Reply, exchange: Exchange, response: ServerResponse): void {
  const known = exchange.message?.kind === 'notification' && exchange.message.method === 'notifications/cancelled';
  if (known) reply.empty(response, exchange, 202);
  else reply.denial(response, exchange, deny('MESSAGE_INVALID'));
}
