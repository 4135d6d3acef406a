import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import type { LiveOptions } from '../../src/audit/live/http-subject.ts';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import { atEnd, listen } from './interop.ts';

/** Who asks a server of two users; `undefined` where there is no token that it knows. */
export type Who = 'alice' | 'bob' | undefined;

/** What is answered: a result, an error where it has a code, or a stream without an end where it has what is told on it. */
export type Told = JsonObject | { readonly code: number; readonly message: string; readonly status?: number };

/** Answers one request; `undefined` leaves it to what every such server answers. */
export type Answerer = (method: string, params: JsonObject, who: Who, request: IncomingMessage) => Told | undefined;

/** Tokens of the two. */
export const TWO_USERS: NonNullable<LiveOptions['tokens']> = {
  user: 'token-of-alice-0001-for-this-server',
  second: 'token-of-bob-0002-for-this-server',
};

const USERS: ReadonlyMap<string, Who> = new Map([
  [`Bearer ${TWO_USERS.user ?? ''}`, 'alice'],
  [`Bearer ${TWO_USERS.second ?? ''}`, 'bob'],
]);

/** Starts a server for two users, of one era, on a free loopback port, and gives its URL; it ends with the test. */
export async function startTwoUserServer(
  t: TestContext,
  capabilities: JsonObject,
  answer: Answerer,
  { isOpen = false, isLegacy = false }: { readonly isOpen?: boolean; readonly isLegacy?: boolean } = {},
): Promise<string> {
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const who = USERS.get(request.headers.authorization ?? '');
    if (who === undefined && !isOpen) return send(response, 401, {});
    const message = parse(Buffer.concat(chunks).toString('utf8'));
    const { id = null, method, params } = message ?? {};
    const isModern = request.headers['mcp-protocol-version'] === '2026-07-28';
    if (typeof method !== 'string' || isModern === isLegacy) return send(response, 400, {});
    if (method === 'notifications/initialized') return send(response, 202, {});
    const given = isObject(params) ? params : {};
    const told: JsonObject = answer(method, given, who, request) ?? usual(method, capabilities);
    if (isObject(told['streams'])) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(told['streams'])}\n\n`);
      return;
    }
    if (typeof told['code'] !== 'number') return send(response, 200, { jsonrpc: '2.0', id, result: told });
    const status = typeof told['status'] === 'number' ? told['status'] : 200;
    send(response, status, { jsonrpc: '2.0', id, error: { code: told['code'], message: told['message'] } });
  };
  const origin = await listen(server);
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return `${origin}/mcp`;
}

function usual(method: string, capabilities: JsonObject): JsonObject {
  if (method === 'initialize') return { protocolVersion: '2025-11-25', capabilities };
  if (method === 'server/discover')
    return {
      supportedVersions: ['2026-07-28'],
      capabilities,
      serverInfo: { name: 'small', version: '1.0.0' },
      ttlMs: 0,
      cacheScope: 'private',
    };
  return { code: -32_601, message: 'Unknown method', status: 404 };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
