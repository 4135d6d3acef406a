import { connect, type Socket } from 'node:net';
import type { Deployment } from '../../src/server/deployment.ts';
import { serveHttp, type Host } from '../../src/server/host.ts';
import { insecureWithoutAuthentication } from '../../src/insecure.ts';
import { server, type ServerOptions } from '../../src/server/server.ts';

/** A server that asks for no token, so that an attack is about what comes after it. */
export interface OpenServer {
  readonly host: Host;
  readonly port: number;
  /** The bytes of a well-formed modern request. */
  readonly bytes: (method: string, params?: object, more?: RequestParts) => string;
  /** Sends a well-formed modern request; gives the status and the text of the answer. */
  readonly send: (
    method: string,
    params?: object,
    more?: RequestParts,
  ) => Promise<{ readonly status: number; readonly text: string }>;
  /** A socket that has connected. */
  readonly socket: () => Promise<Socket>;
}

/** What of a request differs. */
export interface RequestParts {
  readonly meta?: object;
  readonly capabilities?: object;
  readonly signal?: AbortSignal;
}

/** Starts one on loopback. */
export async function startOpen(
  options: Partial<ServerOptions>,
  deployment: Partial<Deployment> = {},
): Promise<OpenServer> {
  const insecure = [insecureWithoutAuthentication];
  const host = await serveHttp(server({ name: 'open', version: '1.0.0', insecure, ...options }), {
    profile: 'dev',
    ...deployment,
    http: { port: 0, ...deployment.http },
  });
  const port = host.settings.http?.port ?? 0;
  return {
    host,
    port,
    bytes: (method, params, more) => bytesOf(port, method, params, more),
    send: async (method, params, more) => {
      const { headers, body } = requestOf(method, params, more);
      const { signal } = more ?? {};
      const init = { method: 'POST', headers, body, ...(signal === undefined ? {} : { signal }) };
      const response = await fetch(`http://127.0.0.1:${port}/mcp`, init);
      return { status: response.status, text: await response.text() };
    },
    socket: () =>
      new Promise((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        socket.once('connect', () => resolve(socket));
        socket.once('error', reject);
      }),
  };
}

function requestOf(method: string, params: object = {}, { meta = {}, capabilities = {} }: RequestParts = {}) {
  const named = 'name' in params ? params.name : 'uri' in params ? params.uri : undefined;
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...meta,
  };
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': method,
    ...(typeof named === 'string' ? { 'Mcp-Name': named } : {}),
  };
  return { headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }) };
}

function bytesOf(port: number, method: string, params?: object, more?: RequestParts): string {
  const { headers, body } = requestOf(method, params, more);
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
