import type { ServerResponse } from 'node:http';
import { ERRORS } from '../../errors.ts';
import type { Challenge } from '../../controls/authorization-challenge/control.ts';
import type { SafeErrors } from '../../controls/safe-errors/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { Denial } from '../../pipeline/decision.ts';
import type { HttpSettings, Settings } from '../../pipeline/settings.ts';

/** Writes answers to HTTP; one buffer each. */
export interface Reply {
  /** A JSON-RPC result whose `result` is already serialised. */
  result(response: ServerResponse, exchange: Exchange, resultJson: string): void;
  denial(response: ServerResponse, exchange: Exchange, denial: Denial): void;
  /** Any other JSON document, such as metadata. */
  json(response: ServerResponse, exchange: Exchange, status: number, body: string): void;
  /** No body at all. */
  empty(response: ServerResponse, exchange: Exchange, status: number, headers?: readonly string[]): void;
  /** Headers of every response to this request. */
  headers(exchange: Exchange): readonly string[];
}

const EXPOSED = 'WWW-Authenticate, Mcp-Session-Id, Retry-After';

/** Creates the writer, with its constant headers made once. */
export function createReply(settings: Settings, errors: SafeErrors, challenge: Challenge): Reply {
  const constant = constantHeaders(settings.http);
  const headersOf = ({ http }: Exchange): readonly string[] => {
    const origin = http?.headers.origin;
    if (origin === undefined || settings.http?.allowedOrigins.has(origin) !== true) return constant;
    return [
      ...constant,
      'Access-Control-Allow-Origin',
      origin,
      'Vary',
      'Origin',
      'Access-Control-Expose-Headers',
      EXPOSED,
    ];
  };
  const write = (
    response: ServerResponse,
    exchange: Exchange,
    status: number,
    body: string,
    more: readonly string[] = [],
  ) => {
    if (response.headersSent || response.destroyed) return;
    const bytes = Buffer.byteLength(body);
    response.writeHead(status, [
      ...headersOf(exchange),
      'Content-Type',
      'application/json',
      'Content-Length',
      String(bytes),
      ...more,
    ]);
    // Latin-1 writes the same bytes of an ASCII text with less work.
    response.end(body, bytes === body.length ? 'latin1' : 'utf8');
  };
  return {
    headers: headersOf,
    json: (response, exchange, status, body) => write(response, exchange, status, body),
    result: (response, exchange, resultJson) => write(response, exchange, 200, resultMessage(exchange, resultJson)),
    denial(response: ServerResponse, exchange: Exchange, denial: Denial): void {
      const more: string[] = [];
      const value = challenge(denial);
      if (value !== undefined) more.push('WWW-Authenticate', value);
      if (denial.retryAfter !== undefined) more.push('Retry-After', String(denial.retryAfter));
      if (denial.code === 'METHOD_NOT_ALLOWED') more.push('Allow', 'POST');
      if (denial.code === 'BODY_TOO_LARGE') more.push('Connection', 'close');
      const status = settings.eras.has('legacy') ? statusOf(exchange, denial) : ERRORS[denial.code].status;
      write(response, exchange, status, errorMessage(exchange, denial, errors), more);
    },
    empty(response, exchange, status, headers = []): void {
      if (response.headersSent || response.destroyed) return;
      response.writeHead(status, [...headersOf(exchange), 'Content-Length', '0', ...headers]);
      response.end();
    },
  };
}

/**
 * A legacy client reads a JSON-RPC error from a 200 only, and takes a 404 for the end of its session. Refusals of the
 * transport and of the identity keep their status, and so does an unknown version (MCP 2025-11-25 basic/transports).
 */
function statusOf({ era, message }: Exchange, { code }: Denial): number {
  const { status, rpc } = ERRORS[code];
  if (era !== 'legacy' || message?.kind !== 'request' || rpc > 0 || code === 'VERSION_UNSUPPORTED') return status;
  return status === 400 || status === 404 ? 200 : status;
}

const LEGACY_RESOURCE_UNKNOWN = -32002;

/** MCP 2025-11-25 server/resources#error-handling has a code of its own for a resource that is not there. */
function rpcOf({ era }: Exchange, { code }: Denial): number {
  return era === 'legacy' && code === 'RESOURCE_UNKNOWN' ? LEGACY_RESOURCE_UNKNOWN : ERRORS[code].rpc;
}

function constantHeaders(http: HttpSettings | undefined): readonly string[] {
  const headers = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
  if (http?.tls !== undefined || http?.terminated === true)
    headers.push('Strict-Transport-Security', 'max-age=31536000');
  return headers;
}

/** The JSON-RPC message that carries a serialised result. */
export function resultMessage({ message }: Exchange, resultJson: string): string {
  const id = message?.kind === 'request' ? message.id : null;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${resultJson}}`;
}

/** The JSON-RPC message that carries a refusal: a code, one safe sentence, and what the specification asks for. */
export function errorMessage(exchange: Exchange, denial: Denial, errors: SafeErrors): string {
  const { message, id: request } = exchange;
  const id = message?.kind === 'request' ? { id: message.id } : {};
  const data = {
    ...denial.data,
    ...notFound(message, denial),
    code: denial.code,
    request,
    ...(denial.scopes === undefined ? {} : { scopes: denial.scopes }),
    ...(denial.retryAfter === undefined ? {} : { retryAfter: denial.retryAfter }),
  };
  const error = { code: rpcOf(exchange, denial), message: errors.sentence(denial), data };
  return JSON.stringify({ jsonrpc: '2.0', ...id, error });
}

/**
 * INVARIANT: a resource that is not there, one that no template takes and one that this caller may not see have the same
 * answer, so the URI that the client asked for is added here and nowhere else (server/resources#error-handling).
 */
function notFound(message: Exchange['message'], { code }: Denial): { readonly uri?: string } {
  if (code !== 'RESOURCE_UNKNOWN' || message?.kind !== 'request') return {};
  const uri = message.params['uri'];
  return typeof uri === 'string' ? { uri } : {};
}
