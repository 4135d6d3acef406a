import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { META, MODERN_VERSION, type Era } from '../protocol/versions.ts';
import { parseMessages } from './events.ts';
import type { Connection, RawRequest, Reply, RequestOptions } from './rule.ts';

const MOST_BYTES = 8 * 1024 * 1024;
const PATIENCE_MS = 20_000;
const LEGACY = '2025-11-25';
const NAMED: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** Whom a connection speaks as, and how. */
export interface ConnectOptions {
  readonly url: URL;
  readonly era: Era;
  readonly token: string | undefined;
  readonly capabilities: JsonObject;
}

/** Opens a connection over HTTP; in the legacy era it goes through the handshake. */
export async function connectHttp(options: ConnectOptions): Promise<Connection> {
  let id = 0;
  let session: string | undefined;
  const send = async (
    method: string,
    params: JsonObject,
    more: RequestOptions,
    isNotification = false,
  ): Promise<Reply> => {
    id += 1;
    const message: JsonObject = {
      jsonrpc: '2.0',
      ...(isNotification ? {} : { id }),
      method,
      params:
        options.era === 'modern' ? withMeta(params, options.capabilities, more.meta) : legacyParams(params, more.meta),
    };
    const headers = headersFor(options, message, more, session);
    const url = new URL(options.url);
    url.search = more.query ?? '';
    const reply = await post(url, headers, more.body ?? JSON.stringify(message), more, (asked) =>
      respond(options, session, asked, more),
    );
    const hungUp = reply.status === undefined && (more.hangUpMs !== undefined || more.signal !== undefined);
    if (hungUp && options.era === 'legacy') await cancel(options, session, message['id']);
    return reply;
  };
  if (options.era === 'legacy') {
    const hello = {
      protocolVersion: LEGACY,
      capabilities: options.capabilities,
      clientInfo: { name: 'probe', version: '1' },
    };
    const reply = await send('initialize', hello, {});
    session = reply.headers['mcp-session-id'];
    if (session !== undefined) await send('notifications/initialized', {}, {}, true);
  }
  return {
    session,
    request: (method, params = {}, more = {}) => send(method, params, more),
    async close(): Promise<void> {
      if (session === undefined) return;
      await exchange(options.url, 'DELETE', headersFor(options, {}, {}, session), undefined, {});
    },
  };
}

/** The parameters of a modern request: what it has to say of itself on each one. */
export function withMeta(params: JsonObject, capabilities: JsonObject, more: JsonObject = {}): JsonObject {
  const meta = { [META.version]: MODERN_VERSION, [META.capabilities]: capabilities, ...more };
  return { ...params, _meta: isObject(params['_meta']) ? { ...meta, ...params['_meta'] } : meta };
}

/** The parameters of a legacy request, which says nothing of itself. */
export function legacyParams(params: JsonObject, meta: JsonObject | undefined): JsonObject {
  return meta === undefined ? params : { ...params, _meta: meta };
}

/** The headers that belong to a message, by lower-case name. */
export function headersFor(
  { era, token }: Pick<ConnectOptions, 'era' | 'token'>,
  message: JsonObject,
  more: Pick<RequestOptions, 'headers' | 'token'>,
  session: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const bearer = more.token ?? token;
  if (bearer !== undefined) headers['authorization'] = `Bearer ${bearer}`;
  const method = message['method'];
  if (era === 'modern') {
    headers['mcp-protocol-version'] = MODERN_VERSION;
    if (typeof method === 'string') headers['mcp-method'] = method;
    const params = message['params'];
    const name = typeof method === 'string' && isObject(params) ? params[NAMED.get(method) ?? ''] : undefined;
    if (typeof name === 'string') headers['mcp-name'] = encodeName(name);
  } else {
    if (method !== 'initialize') headers['mcp-protocol-version'] = LEGACY;
    if (session !== undefined) headers['mcp-session-id'] = session;
  }
  for (const [key, value] of Object.entries(more.headers ?? {})) {
    if (value === undefined) delete headers[key];
    else headers[key] = value;
  }
  return headers;
}

function encodeName(name: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(name) && !name.startsWith('=?base64?');
  return plain ? name : `=?base64?${Buffer.from(name).toString('base64')}?=`;
}

/** A legacy server is told of it: hanging up alone does not cancel there (MCP 2025-11-25 basic/utilities/cancellation). */
async function cancel(options: ConnectOptions, session: string | undefined, requestId: unknown): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
  await exchange(options.url, 'POST', headersFor(options, {}, {}, session), body, {});
}

/** Answers a request that the server puts to the client within a legacy call. */
async function respond(
  options: ConnectOptions,
  session: string | undefined,
  asked: JsonObject,
  more: RequestOptions,
): Promise<void> {
  const result = more.answer?.(asked) ?? { action: 'decline' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: asked['id'], result });
  await exchange(options.url, 'POST', headersFor(options, {}, {}, session), body, {});
}

async function post(
  url: URL,
  headers: Record<string, string>,
  body: string | Uint8Array,
  more: RequestOptions,
  onAsked: (asked: JsonObject) => Promise<void>,
): Promise<Reply> {
  return exchange(url, 'POST', headers, body, more, onAsked);
}

function exchange(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string | Uint8Array | undefined,
  { hangUpMs, signal, onNotification }: RequestOptions,
  onAsked?: (asked: JsonObject) => Promise<void>,
): Promise<Reply> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request: ClientRequest = open(url, { method, headers, agent: false }, (response) => {
      collect(response, onAsked, onNotification).then(finish, () => finish(partial()));
    });
    const finish = (reply: Reply) => {
      clearTimeout(timer);
      resolve(reply);
    };
    let text = '';
    request.on('response', (response) => {
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
    });
    const partial = (): Reply => ({
      status: undefined,
      headers: {},
      message: undefined,
      notifications: parseMessages(text, true),
      text,
    });
    // A connection that fails is an observation: what came until then.
    request.on('error', () => finish(partial()));
    const hangUp = () => {
      finish(partial());
      request.destroy();
    };
    timer = setTimeout(hangUp, hangUpMs ?? PATIENCE_MS);
    signal?.addEventListener('abort', hangUp, { once: true });
    request.end(body);
  });
}

async function collect(
  response: IncomingMessage,
  onAsked?: (asked: JsonObject) => Promise<void>,
  onNotification?: (notification: JsonObject) => void,
): Promise<Reply> {
  const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
  let text = '';
  let handled = 0;
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > MOST_BYTES) break;
    if (!isStream || onAsked === undefined) continue;
    const complete = parseMessages(text.slice(0, text.lastIndexOf('\n\n') + 2), true);
    for (const message of complete.slice(handled)) {
      if (isQuestion(message)) void onAsked(message);
      else if (Object.hasOwn(message, 'method')) onNotification?.(message);
    }
    handled = complete.length;
  }
  return toReply(response, text, isStream);
}

function isQuestion(message: JsonObject): boolean {
  return Object.hasOwn(message, 'method') && Object.hasOwn(message, 'id');
}

function toReply(response: IncomingMessage, text: string, isStream: boolean): Reply {
  const messages = parseMessages(text, isStream);
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
  const answer = messages.findLast((message) => !Object.hasOwn(message, 'method'));
  const notifications = messages.filter((message) => Object.hasOwn(message, 'method') && !Object.hasOwn(message, 'id'));
  return { status: response.statusCode, headers, message: answer, notifications, text };
}

/** Sends a request byte for byte, so that a client library cannot mend what is wrong with it. */
export function sendRaw(url: URL, { method, path, headers, body = '' }: RawRequest): Promise<Reply> {
  const bytes = Buffer.from(body);
  const head = [`${method} ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (!headers.some(([name]) => name.toLowerCase() === 'content-length')) head.push(`Content-Length: ${bytes.length}`);
  head.push('Connection: close', '', '');
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isTls = url.protocol === 'https:';
    const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
    const socket = isTls ? connectTls({ host, port }) : connect(port, host);
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A connection that fails is an observation: what came until then.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(parseRaw(Buffer.concat(chunks).toString('utf8')));
    });
    socket.write(head.join('\r\n'));
    socket.write(bytes);
  });
}

function parseRaw(text: string): Reply {
  const split = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = text.slice(0, split === -1 ? text.length : split).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = split === -1 ? '' : text.slice(split + 4);
  const [first] = parseMessages(body, false);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(start)?.[1];
  return {
    status: status === undefined ? undefined : Number(status),
    headers,
    message: first,
    notifications: [],
    text,
  };
}
