import assert from 'node:assert/strict';
import { serveHttp, type Deployment, type Host } from '../../src/index.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { legacyServer } from './legacy-server.ts';
import { startIssuer, type MintClaims } from '../../src/prove/issuer.ts';

/** A server of the legacy era over HTTP, and what a raw client does with it. */
export interface Peer {
  readonly host: Host;
  readonly events: readonly AuditEvent[];
  readonly done: readonly string[];
  readonly mint: (claims?: MintClaims) => Promise<string>;
  readonly send: (
    method: string,
    token: string | undefined,
    session?: string,
    body?: unknown,
    more?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  /** Opens a session and gives its id. */
  readonly open: (token: string, version?: string, capabilities?: object) => Promise<string>;
}

function recorder(events: AuditEvent[]): Recorder {
  return {
    append: (event) => Promise.resolve({ index: events.push(event) }),
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
}

/** Starts a server with an issuer of its own, works with it, and stops both. */
export async function withServer(
  work: (peer: Peer) => Promise<void>,
  options: Pick<Deployment, 'limits'> & { readonly clockSkewSeconds?: number } = {},
  insecure: readonly symbol[] = [],
): Promise<void> {
  const { limits = {}, clockSkewSeconds = 30 } = options;
  const tokens = await startIssuer();
  const events: AuditEvent[] = [];
  const done: string[] = [];
  const definition = legacyServer((event) => done.push(event), insecure);
  const host = await serveHttp(definition, {
    profile: 'dev',
    auth: { issuers: [{ issuer: tokens.issuer }], clockSkewSeconds },
    recorder: recorder(events),
    limits,
  });
  const send: Peer['send'] = (method, token, session, body, more) =>
    fetch(host.url ?? '', {
      method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(session === undefined ? {} : { 'mcp-session-id': session }),
        ...more,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  try {
    await work({
      host,
      events,
      done,
      send,
      mint: (claims = {}) => tokens.mint({ aud: host.settings.http?.resource, scope: 'notes:read', ...claims }),
      async open(token, version = '2025-11-25', capabilities = {}) {
        const response = await send('POST', token, undefined, initialize(version, capabilities));
        assert.equal(response.status, 200);
        await response.text();
        return response.headers.get('mcp-session-id') ?? '';
      },
    });
  } finally {
    await host.close();
    await tokens.close();
  }
}

/** An `initialize` request. */
export function initialize(protocolVersion = '2025-11-25', capabilities: object = {}): unknown {
  const params = { protocolVersion, capabilities, clientInfo: { name: 'test', version: '1' } };
  return { jsonrpc: '2.0', id: 0, method: 'initialize', params };
}

/** A `tools/call` request. */
export function call(id: number, name: string, args: object = {}): unknown {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

/** A `tools/list` request. */
export const LIST: unknown = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

/** The messages of a response, whether it is one JSON document or a stream of events. */
export async function messages(response: Response): Promise<readonly Record<string, unknown>[]> {
  const text = await response.text();
  if (response.headers.get('content-type') === 'application/json') return [JSON.parse(text) as Record<string, unknown>];
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
}

/** The result of a message that has one. */
export function resultOf(message: Record<string, unknown> | undefined): Record<string, unknown> {
  assert.ok(message !== undefined);
  return message['result'] as Record<string, unknown>;
}

/** The error of a response that is one. */
export async function errorOf(response: Response): Promise<{ code: number; data: { code: string } }> {
  const [message] = await messages(response);
  return message?.['error'] as { code: number; data: { code: string } };
}

/** Reads events until one holds `text`. */
export async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
  let seen = '';
  while (!seen.includes(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    seen += Buffer.from(value).toString('utf8');
  }
  return seen;
}
