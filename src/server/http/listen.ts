import { chmod, lstat, mkdir, stat, unlink } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { connect, type Socket } from 'node:net';
import { http, https } from '../../builtin.ts';
import { MIN_TLS_VERSION } from '../../controls/transport-encryption/control.ts';
import type { Limits } from '../../pipeline/limits.ts';
import type { HttpOptions } from '../deployment.ts';
import type { HttpHandler } from './handler.ts';

/** A listening server. */
export interface Listening {
  readonly server: Server;
  /** The bound port; 0 on a Unix socket. */
  readonly port: number;
  /** Answers what is in progress; connections that are left after `graceMs` milliseconds are cut. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Milliseconds between looks for connections that have become idle, while closing. */
const IDLE_CHECK_MS = 50;

/**
 * Listens with bounded headers and times. The handler is asked for once the address is known, because the names by which
 * a server may be called depend on it.
 * @throws Error with one line that says what to do when the port is taken.
 */
export async function listen(
  options: HttpOptions,
  limits: Limits,
  createHandler: (port: number) => HttpHandler,
): Promise<Listening> {
  let handler: HttpHandler | undefined;
  const bounds = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    requireHostHeader: false,
    noDelay: true,
  };
  const tls =
    options.tls === undefined ? undefined : ({ ...options.tls, minVersion: MIN_TLS_VERSION, ...bounds } as const);
  const server = tls === undefined ? http.createServer(bounds) : https().createServer(tls);
  // node would drop what is over its count in silence, and a dropped Origin looks like none; `size-limits` counts.
  server.maxHeadersCount = 0;
  const unused = trackUnused(server, tls === undefined ? 'connection' : 'secureConnection');
  const answers = trackAnswers(server);
  server.on('request', (request, response) => handler?.(request, response));
  // node would answer an unknown expectation by itself, past every control (RFC 9110 section 10.1.1 lets it be ignored).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('upgrade', (_, socket) => socket.destroy());
  server.on('connect', (_, socket) => socket.destroy());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    if (answers.endsLater(socket)) return undefined;
    if (answers.hasBegun(socket)) return void socket.destroy();
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    // A peer that never closes its half would hold the socket, and no timer of node's looks at it any more.
    if ('destroySoon' in socket && typeof socket.destroySoon === 'function') socket.destroySoon();
    else socket.destroy();
    return undefined;
  });
  const port =
    options.socket === undefined ? await bindPort(server, options) : await bindSocket(server, options.socket);
  // What `accept` fails with (no descriptor left, for one) concerns one connection; unheard, it would end the process.
  server.on('error', () => undefined);
  handler = createHandler(port);
  return {
    server,
    port,
    async close(graceMs) {
      const closed = closeServer(server, graceMs);
      for (const socket of unused) socket.destroy();
      await closed;
      if (options.socket !== undefined) await unlink(options.socket).catch(() => undefined);
    },
  };
}

/** What becomes of a connection on which something came that is no HTTP. */
interface Spoilt {
  /** Whether answers are still due to requests that came whole; the connection ends after the last of them. */
  endsLater(socket: object): boolean;
  /** Whether an answer has begun, so that nothing else may be written. */
  hasBegun(socket: object): boolean;
}

/**
 * Knows the answers that are due on each connection. INVARIANT: nothing of the server's own is written before or into
 * the answer to an earlier request of the same connection, which whoever is in front would take for that answer.
 */
function trackAnswers(server: Server): Spoilt {
  const due = new WeakMap<object, Map<ServerResponse, IncomingMessage>>();
  const spoilt = new WeakSet<object>();
  const dueOn = (socket: object) => due.get(socket) ?? new Map<ServerResponse, IncomingMessage>();
  const isDue = (socket: object) => [...dueOn(socket).values()].some(({ complete }) => complete);
  server.on('request', (request, response) => {
    const { socket } = request;
    const open = dueOn(socket).set(response, request);
    due.set(socket, open);
    response.once('close', () => {
      open.delete(response);
      if (spoilt.has(socket) && !isDue(socket)) socket.destroySoon();
    });
  });
  return {
    endsLater(socket: object): boolean {
      if (isDue(socket)) spoilt.add(socket);
      return spoilt.has(socket);
    },
    hasBegun: (socket) => [...dueOn(socket).keys()].some(({ headersSent }) => headersSent),
  };
}

function bindPort(server: Server, { host = '127.0.0.1', port = 0 }: HttpOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(bindProblem(error, host, port), { cause: error })),
    );
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function bindProblem({ code }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken. Choose another with --port or PORT.`;
  if (code === 'EACCES') return `Port ${port} needs more rights than this process has. Choose one above 1023.`;
  return `Cannot listen on ${host}:${port} (${code ?? 'unknown reason'}).`;
}

/** A socket that only its owner reaches: mode 0600 in a directory of the owner's that is 0700 (ARC-01). */
async function bindSocket(server: Server, path: string): Promise<number> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(dirname(path));
  if ((mode & 0o077) !== 0) throw new Error(`The directory of ${path} is open to others. Run chmod 700 on it.`);
  if (uid !== process.getuid?.()) throw new Error(`The directory of ${path} belongs to somebody else.`);
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`Cannot listen on ${path}.`, { cause: error })));
    // INVARIANT: the mask is the whole process's, so nothing is awaited under it; a path is bound before `listen` returns.
    const before = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
  await chmod(path, 0o600);
  return 0;
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} exists and is no socket. Remove it or choose another path.`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new Error(`Another process listens on ${path}.`);
  await unlink(path);
}

/** Connections that have carried no request yet: node does not count them as idle, and clients open some ahead. */
function trackUnused(server: Server, event: 'connection' | 'secureConnection'): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A connection whose last answer is sent would be kept for a next request that nobody will serve.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}
