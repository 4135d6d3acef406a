import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBrotliCompress, gzipSync } from 'node:zlib';
import { listen } from '../url-upstreams.ts';

/** An upstream behind a URL that is wholly in an attacker's hands, or broken. What it does is said in the call. */
export interface HostileHttp {
  readonly url: string;
  /** What it was asked: methods of messages, or of HTTP where there is none. */
  readonly asked: string[];
  /** The acts of the calls that it was sent. */
  readonly calls: string[];
  /** Headers of the last request. */
  headers(): IncomingMessage['headers'];
  close(): Promise<void>;
}

/** How it begins. */
export interface HostileHttpOptions {
  readonly era: 'modern' | 'legacy';
  /** Where it redirects to. */
  readonly elsewhere?: string;
}

interface Asked {
  readonly id: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly elsewhere: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENTS = { 'content-type': 'text/event-stream' };
const inputSchema = {
  type: 'object',
  properties: { act: { type: 'string' }, with: { type: 'string' } },
  required: ['act'],
};
const ok = (id: unknown, text = 'fine'): object => ({
  jsonrpc: '2.0',
  id,
  result: { resultType: 'complete', content: [{ type: 'text', text }] },
});
const event = (message: object): string => `data: ${JSON.stringify(message)}\n\n`;
const answer = (response: ServerResponse, message: object): void =>
  void response.writeHead(200, JSON_TYPE).end(JSON.stringify(message));

/** Says something again and again, as fast as it is read. */
function endlessly(response: ServerResponse, what: string): void {
  const more = (): void => {
    if (response.destroyed) return;
    if (response.write(what)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}

type Act = (asked: Asked) => void;

/** What it does to a call, by name. */
export const HTTP_ACTS: Readonly<Record<string, Act>> = {
  fine: ({ id, response }) => answer(response, ok(id)),
  events: ({ id, response }) => {
    response.writeHead(200, EVENTS);
    response.end(
      `: hello\n\n${event({ jsonrpc: '2.0', method: 'notifications/message', params: {} })}${event(ok(id))}`,
    );
  },
  // Of the request that was sent before this one.
  'progress-of-another': ({ id, response }) => {
    const params = { progressToken: Number(id) - 1, progress: 66 };
    response.writeHead(200, EVENTS);
    response.end(`${event({ jsonrpc: '2.0', method: 'notifications/progress', params })}${event(ok(id))}`);
  },
  'wrong-id': ({ response }) => answer(response, ok(1)),
  'text-id': ({ id, response }) => answer(response, ok(String(id))),
  'no-id': ({ response }) => answer(response, ok(undefined)),
  'wrong-id-event': ({ response }) => void response.writeHead(200, EVENTS).write(event(ok(1))),
  list: ({ id, response }) => answer(response, [ok(id)]),
  html: ({ response }) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in</p>'),
  'no-type': ({ id, response }) => void response.writeHead(200).end(JSON.stringify(ok(id))),
  'other-charset': ({ id, response }) =>
    void response.writeHead(200, { 'content-type': 'application/json; charset=utf-7' }).end(JSON.stringify(ok(id))),
  accepted: ({ response }) => void response.writeHead(202).end(),
  cut: ({ id, response }) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '4096' }).write(JSON.stringify(ok(id)).slice(0, 20));
    setImmediate(() => response.destroy());
  },
  'cut-events': ({ response }) => void response.writeHead(200, EVENTS).end('data: {"jsonrpc":'),
  'no-answer': ({ response }) => void response.writeHead(200, EVENTS).end(': bye\n\n'),
  garbage: ({ response }) => void response.writeHead(200, JSON_TYPE).end('listening ...'),
  'twice-a-key': ({ id, response }) =>
    void response.writeHead(200, JSON_TYPE).end(`{"jsonrpc":"2.0","id":${String(id)},"id":1,"result":{}}`),
  'no-http': ({ response }) => void response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'),
  'bad-chunks': ({ response }) =>
    void response.socket?.end(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n',
    ),
  'huge-headers': ({ response }) =>
    void response.socket?.end(`HTTP/1.1 200 OK\r\n${`x-filler: ${'x'.repeat(1_000)}\r\n`.repeat(40)}\r\n`),
  giant: ({ response }) => {
    response.writeHead(200, JSON_TYPE);
    endlessly(response, ' '.repeat(65_536));
  },
  'giant-event': ({ response }) => {
    response.writeHead(200, EVENTS).write('data: ');
    endlessly(response, 'x'.repeat(65_536));
  },
  flood: ({ response }) => {
    response.writeHead(200, EVENTS);
    endlessly(response, event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }).repeat(100));
  },
  gzip: ({ response }) =>
    void response
      .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
      .end(gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))),
  brotli: ({ response }) => {
    const bomb = createBrotliCompress();
    bomb.pipe(response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'br' }));
    bomb.end(Buffer.alloc(16 * 1024 * 1024, 0x20));
  },
  drip: ({ response }) => {
    response.writeHead(200, JSON_TYPE);
    const timer = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(timer));
  },
  hang: () => undefined,
  redirect: ({ response, elsewhere }) => void response.writeHead(307, { location: elsewhere }).end(),
  'found-elsewhere': ({ response, elsewhere }) => void response.writeHead(302, { location: elsewhere }).end(),
  unauthorized: ({ response }) =>
    void response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(),
  forbidden: ({ response }) => void response.writeHead(403, { 'www-authenticate': 'Bearer scope="more"' }).end(),
  unavailable: ({ response }) => void response.writeHead(503).end(),
  'endless-reason': ({ response }) => {
    response.writeHead(500, JSON_TYPE);
    endlessly(response, ' '.repeat(65_536));
  },
  'other-session': ({ id, response }) =>
    void response.writeHead(200, { ...JSON_TYPE, 'mcp-session-id': 'somebody-elses' }).end(JSON.stringify(ok(id))),
  gone: ({ response }) => void response.writeHead(404).end(),
  input: ({ id, response }) =>
    answer(response, {
      jsonrpc: '2.0',
      id,
      result: { resultType: 'input_required', inputRequests: { a: { method: 'elicitation/create', params: {} } } },
    }),
  'other-type': ({ id, response }) => answer(response, { jsonrpc: '2.0', id, result: { resultType: 'task' } }),
  asks: ({ id, response }) => {
    response.writeHead(200, EVENTS);
    for (const method of ['ping', 'sampling/createMessage', 'roots/list'])
      response.write(event({ jsonrpc: '2.0', id: method, method, params: {} }));
    response.end(event(ok(id)));
  },
  // Breaks off, and answers when it is asked to go on.
  resumed: ({ id, response }) =>
    void response.writeHead(200, EVENTS).end(`id: ${JSON.stringify(id)}\nretry: 60\ndata:\n\n`),
  // Breaks off, and refuses whoever asks it to go on.
  'refused-later': ({ response }) => void response.writeHead(200, EVENTS).end('id: refused\nretry: 60\ndata:\n\n'),
  'twice-answered': ({ id, response }) =>
    void response.writeHead(200, EVENTS).end(event(ok(id, 'first')) + event(ok(id, 'second'))),
};

/** Starts it on a free port of loopback. */
export async function startHostileHttp({ era, elsewhere = '/' }: HostileHttpOptions): Promise<HostileHttp> {
  const [asked, calls]: [string[], string[]] = [[], []];
  let last: IncomingMessage['headers'] = {};
  const begin = (method: string, id: unknown, response: ServerResponse): boolean => {
    if (method === 'server/discover' && era === 'modern') {
      const result = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
      answer(response, { jsonrpc: '2.0', id, result });
    } else if (method === 'initialize' && era === 'legacy') {
      const serverInfo = { name: 'hostile', version: '1' };
      const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
      const headers = { ...JSON_TYPE, 'mcp-session-id': 'session-1' };
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    } else if (method === 'tools/list')
      answer(response, { jsonrpc: '2.0', id, result: { tools: [{ name: 'act', inputSchema }] } });
    else return false;
    return true;
  };
  const served = await listen(async (request, response) => {
    last = request.headers;
    const { id, method = request.method ?? '', params, ...rest } = await readMessage(request);
    asked.push(
      id !== undefined && request.method === 'POST' && Object.keys(rest).length > 1
        ? `answered ${JSON.stringify(id)}`
        : method,
    );
    if (begin(method, id, response)) return;
    const from = request.headers['last-event-id'];
    if (request.method === 'GET' && from === 'refused')
      return HTTP_ACTS['unauthorized']?.({ id, request, response, elsewhere });
    if (request.method === 'GET' && from !== undefined)
      return void response.writeHead(200, EVENTS).end(event(ok(Number(from), 'resumed')));
    if (method !== 'tools/call')
      return void response.writeHead(request.method === 'POST' && id === undefined ? 202 : 405).end();
    const { act = '' } = params?.arguments ?? {};
    calls.push(act);
    HTTP_ACTS[act]?.({ id, request, response, elsewhere });
  });
  return { ...served, asked, calls, headers: () => last };
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly arguments?: { readonly act?: string } };
}

async function readMessage(request: IncomingMessage): Promise<Message> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text === '' ? {} : (JSON.parse(text) as Message);
}
