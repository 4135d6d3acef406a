import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpError } from '../../capabilities/http/error.ts';
import type { Dial } from './dial.ts';
import { forward, readPlain } from './forward.ts';
import { GateError } from './gate.ts';
import { findHost, readAuthority, type AllowedHost, type Destination } from './hosts.ts';
import { HEADER_BYTES, type EgressLimits } from './limits.ts';
import type { Refusals } from './refusals.ts';
import { runTunnel } from './tunnel.ts';

/** What a proxy decides by. */
export interface ProxyRules {
  readonly hosts: readonly AllowedHost[];
  readonly dial: Dial;
  readonly limits: EgressLimits;
  readonly refusals: Refusals;
}

const NOT_LISTED = 'it is not among needs.hosts';
const CHECK_MS = 1_000;

/**
 * Makes the HTTP proxy of one upstream: CONNECT for TLS, and plain requests for the hosts that were declared for them (RFC 9110
 * section 9.3.6, RFC 9112 section 3.2.2). INVARIANT: whatever is not let through by an entry is refused.
 */
export function createProxy(rules: ProxyRules): Server {
  const { limits, refusals } = rules;
  /** Connections that are a tunnel for plain requests to one place. */
  const tunnels = new WeakMap<Duplex, Destination>();
  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: limits.headMs,
    requestTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, limits.headMs),
    keepAliveTimeout: limits.headMs,
    insecureHTTPParser: false,
  });
  server.maxConnections = limits.connections;
  server.on('drop', () => refusals.add('any host', `more than ${limits.connections} connections at a time`));
  server.on('connection', (socket) => void socket.setTimeout(limits.idleMs, () => socket.destroy()));
  server.on('clientError', (_, socket) => {
    refusals.add('the proxy', 'what came is no request');
    answer(socket, 400, 'This is no request.');
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const nested = tunnels.has(socket) ? new GateError('it asks for a tunnel within a tunnel') : undefined;
    connect(rules, request, socket, head, nested, (destination) => {
      tunnels.set(socket, destination);
      server.emit('connection', socket);
    }).catch((error: unknown) => refuse(rules, request.url ?? '', error, (...reply) => answer(socket, ...reply)));
  });
  server.on('request', (request, response) => {
    plain(rules, request, response, tunnels.get(request.socket)).catch((error: unknown) =>
      refuse(rules, placeOf(request), error, (status, sentence) => {
        if (response.headersSent) request.socket.destroy();
        else response.writeHead(status, { connection: 'close', 'content-type': 'text/plain' }).end(`${sentence}\n`);
      }),
    );
  });
  return server;
}

async function connect(
  { hosts, dial, limits }: ProxyRules,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  problem: GateError | undefined,
  hand: (destination: Destination) => void,
): Promise<void> {
  if (problem !== undefined) throw problem;
  insistOnVersion(request);
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  // A body would be bytes of which two readers think differently (RFC 9110 section 9.3.6).
  if (length !== undefined || coding !== undefined) throw new GateError('a CONNECT has no content');
  const destination = readAuthority(request.url ?? '');
  if (destination === undefined) throw new GateError('it is no name with a port');
  const host = findHost(hosts, destination, true);
  if (host !== undefined) {
    const server = await dial(host, destination);
    if (head.length > 0) socket.unshift(head);
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    return runTunnel(socket, server, destination.name, limits);
  }
  if (findHost(hosts, destination, false) === undefined) throw new GateError(NOT_LISTED);
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  hand(destination);
}

async function plain(
  { hosts, dial, limits }: ProxyRules,
  request: IncomingMessage,
  response: ServerResponse,
  tunnel: Destination | undefined,
): Promise<void> {
  insistOnVersion(request);
  const target = readPlain(request, tunnel);
  const host = findHost(hosts, target, false);
  if (host === undefined) throw new GateError(NOT_LISTED);
  await forward(target, request, response, await dial(host, target), limits);
}

/** What has no version is of HTTP/0.9, where no header follows. */
function insistOnVersion({ httpVersionMajor }: IncomingMessage): void {
  if (httpVersionMajor !== 1) throw new GateError('it is not of HTTP/1');
}

/** Where a plain request wants to go, as it says. */
function placeOf({ url = '', headers: { host = '' } }: IncomingMessage): string {
  return url.startsWith('/') ? host : (url.split(/[?#]/, 1)[0] ?? '');
}

/** Tells the operator why, and the upstream that. */
function refuse(
  { refusals }: ProxyRules,
  where: string,
  error: unknown,
  reply: (status: number, sentence: string) => void,
): void {
  if (error instanceof GateError) {
    refusals.add(where, error.message);
    return reply(403, 'The gateway does not let this upstream go there.');
  }
  const why = error instanceof HttpError ? `${error.reason}: ${HttpError.detailOf(error)}` : 'it broke off';
  refusals.add(where, why);
  const isRefused = error instanceof HttpError && error.reason === 'refused';
  reply(isRefused ? 403 : 502, isRefused ? 'The gateway does not go there.' : 'The host cannot be reached.');
}

/** An answer on a connection that is no request's any more; nothing, where a tunnel has begun. */
function answer(socket: Duplex, status: number, sentence: string): void {
  if (!socket.writable) return void socket.destroy();
  const text = `${sentence}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${status === 403 ? 'Forbidden' : status === 400 ? 'Bad Request' : 'Bad Gateway'}\r\n` +
      `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}
