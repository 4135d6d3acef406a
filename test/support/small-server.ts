import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import { atEnd, listen } from './interop.ts';

/** How a server differs from one that is right in what an audit looks at. */
export interface Quirks {
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bodies of other paths, served to everybody. */
  readonly pages?: (origin: string) => Readonly<Record<string, string | JsonObject>>;
  /** The token that is asked for; without one everybody is served. */
  readonly token?: string;
  /** Header of the refusal of what has no token. */
  readonly challenge?: (origin: string) => string;
  /** Ids of the sessions of the legacy era, which there is only with them. */
  readonly session?: () => string;
  /** The tools that are listed, where not the one. */
  readonly tools?: readonly JsonObject[];
  /** What is answered to a body that is no message. */
  readonly onBroken?: string;
  /** The address that it listens on; 127.0.0.1 unless told. It is named by that in any case. */
  readonly host?: string;
  /** Answers by hand; whether it did. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Starts a server with one tool on a free loopback port, and gives its URL; it ends with the test. */
export async function startSmallServer(t: TestContext, quirks: Quirks): Promise<string> {
  const known = new Set<string>();
  let origin = '';
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(quirks.headers ?? {})) response.setHeader(name, value);
    if (quirks.answer?.(request, response) === true) return;
    void serve(request, response, quirks, { origin, known });
  });
  origin = await listen(server, quirks.host);
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return `${origin}/mcp`;
}

interface State {
  readonly origin: string;
  readonly known: Set<string>;
}

async function serve(request: IncomingMessage, response: ServerResponse, quirks: Quirks, state: State): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const [path = ''] = (request.url ?? '').split('?');
  const page = quirks.pages?.(state.origin)[path];
  if (page !== undefined) return send(response, 200, page);
  if (path !== '/mcp') return send(response, 404, {});
  const refusal = quirks.challenge?.(state.origin);
  if (quirks.token !== undefined && request.headers.authorization !== `Bearer ${quirks.token}`)
    return send(response, 401, {}, refusal === undefined ? {} : { 'www-authenticate': refusal });
  if (request.method !== 'POST') return send(response, 405, {});
  const message = parse(Buffer.concat(chunks).toString('utf8'));
  if (message === undefined) return send(response, 400, quirks.onBroken ?? {});
  const { id = null, method } = message;
  if (quirks.session !== undefined && method === 'initialize') {
    const session = quirks.session();
    state.known.add(session);
    return send(response, 200, result(id, { protocolVersion: '2025-11-25', ...ABOUT }), { 'mcp-session-id': session });
  }
  const given = String(request.headers['mcp-session-id'] ?? '');
  if (request.headers['mcp-protocol-version'] !== '2026-07-28' && !state.known.has(given))
    return send(response, 404, {});
  if (method === 'notifications/initialized') return send(response, 202, {});
  const listed = method === 'tools/list' && quirks.tools !== undefined ? { tools: quirks.tools } : undefined;
  const answer = listed ?? ANSWERS.get(String(method));
  return answer === undefined
    ? send(response, 404, { jsonrpc: '2.0', id, error: { code: -32_601, message: 'Unknown method' } })
    : send(response, 200, result(id, answer));
}

const ABOUT = { capabilities: { tools: {} }, serverInfo: { name: 'small', version: '1.0.0' } };
const ANSWERS: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ['server/discover', { supportedVersions: ['2026-07-28'], ...ABOUT }],
  [
    'tools/list',
    { tools: [{ name: 'time', annotations: { readOnlyHint: true }, inputSchema: { type: 'object', properties: {} } }] },
  ],
  ['tools/call', { content: [{ type: 'text', text: 'noon' }] }],
]);

function result(id: unknown, value: JsonObject): JsonObject {
  return { jsonrpc: '2.0', id, result: value };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string | JsonObject,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A session id that nobody guesses. */
export const unguessable = (): string => randomUUID();
