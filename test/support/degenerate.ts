import { createServer, type Server, type ServerResponse } from 'node:http';
import { connectHttp, sendRaw } from '../../src/audit/http-client.ts';
import type { Target } from '../../src/audit/rule.ts';
import type { Era } from '../../src/protocol/versions.ts';
import { sharedIssuer } from '../../src/prove/target.ts';

/** Servers that serve nobody, each in its way. */
export const DEGENERATES = ['refuses everything', 'fails everything', 'redirects everything'] as const;

/** What a degenerate server does to every request. */
export type Degenerate = (typeof DEGENERATES)[number];

/** A running degenerate server; one is enough for all rules and eras. */
export interface DegenerateServer {
  target(era: Era): Promise<Target>;
  close(): Promise<void>;
}

const ERROR = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'No.' } });

function answer(kind: Degenerate, response: ServerResponse, isAnonymous: boolean): void {
  if (kind === 'redirects everything') {
    response.writeHead(302, { location: '/elsewhere' }).end();
    return;
  }
  const refusal = isAnonymous ? 401 : 403;
  response.writeHead(kind === 'fails everything' ? 500 : refusal, { 'content-type': 'application/json' }).end(ERROR);
}

/** Starts a server on a free loopback port that does the same to every request, whatever it is. */
export async function startDegenerate(kind: Degenerate): Promise<DegenerateServer> {
  const server = createServer((request, response) => {
    // What was sent is read first, or the caller could meet a closed connection instead of the answer.
    request.resume().once('end', () => answer(kind, response, request.headers.authorization === undefined));
  });
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 ${STATUS_LINES[kind]}\r\nConnection: close\r\n\r\n`);
  });
  const url = await listen(server);
  return {
    target: (era) => degenerateTarget(url, era),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const STATUS_LINES: Readonly<Record<Degenerate, string>> = {
  'refuses everything': '403 Forbidden',
  'fails everything': '500 Internal Server Error',
  'redirects everything': '302 Found\r\nLocation: /elsewhere',
};

async function degenerateTarget(url: URL, era: Era): Promise<Target> {
  const issuer = await sharedIssuer();
  const token = await issuer.mint({ aud: url.href, sub: 'alice' });
  return {
    transport: 'http',
    era,
    url,
    mint: (claims, header = {}) => issuer.mint({ aud: url.href, ...claims }, header),
    token,
    connect: (options = {}) =>
      connectHttp({
        url,
        era,
        token: options.token === null ? undefined : (options.token ?? token),
        capabilities: options.capabilities ?? {},
      }),
    raw: (request) => sendRaw(url, request),
    line: () => Promise.reject(new Error('not of this transport')),
    records: () => Promise.resolve([]),
    log: undefined,
    refusedToStart: undefined,
  };
}

function listen(server: Server): Promise<URL> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(new URL(`http://127.0.0.1:${address.port}/mcp`));
    });
  });
}
