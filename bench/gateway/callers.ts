import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Makes one call of the tool and looks at the answer. Rejects when it is not the one to this call. */
export type Call = (id: number) => Promise<void>;

const VERSION = '2026-07-28';
const LEGACY = '2025-11-25';
const ACCEPT = 'application/json, text/event-stream';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } },
};
const INITIALIZED = { jsonrpc: '2.0', method: 'notifications/initialized' };
/** A call that takes this long has failed; the first of many upstreams at once wait for their starts. */
const CALL_MS = 120_000;

const wordsOf = (id: number): string => `Quarterly report, number ${id}.`;

function requestOf(id: number, tool: string, meta: object | undefined): string {
  const args = { text: wordsOf(id), limit: 10, archived: false };
  const params = { name: tool, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) };
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
}

async function timed(id: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`call ${id} had no answer`)), CALL_MS);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An endpoint of MCP over HTTP. */
export interface Endpoint {
  readonly url: URL;
  readonly tool: string;
  readonly token?: string;
  /** Of the legacy era; a call is of the modern one without it. */
  readonly session?: string;
}

/** A kept-alive connection, opened when it is needed, with one exchange at a time. */
export class Connection {
  readonly #url: URL;
  #socket: Socket | undefined;
  #received = '';
  #settle: ((text: string | Error) => void) | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Sends a request and gives the answer, with its head. */
  exchange(text: string): Promise<string> {
    this.#received = '';
    return new Promise((resolve, reject) => {
      this.#settle = (answer) => {
        this.#settle = undefined;
        if (typeof answer === 'string') resolve(answer);
        else reject(answer);
      };
      (this.#socket ??= this.#open()).write(text);
    });
  }

  end(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect(Number(this.#url.port), this.#url.hostname).setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk.toString('latin1')));
    socket.on('error', (error) => this.#settle?.(error));
    socket.on('close', () => {
      this.#socket = undefined;
      this.#settle?.(new Error('the connection was closed'));
    });
    return socket;
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = /content-length: *(\d+)/i.exec(this.#received.slice(0, end))?.[1];
    const size = length === undefined ? undefined : end + 4 + Number(length);
    const isWhole = size === undefined ? this.#received.endsWith('0\r\n\r\n') : this.#received.length >= size;
    if (isWhole) this.#settle?.(this.#received);
  }
}

/** Calls a tool of an endpoint over a connection. */
export function callOverHttp(connection: Connection, { url, tool, token, session }: Endpoint): Call {
  const era =
    session === undefined
      ? `MCP-Protocol-Version: ${VERSION}\r\nMcp-Method: tools/call\r\nMcp-Name: ${tool}\r\n`
      : `MCP-Protocol-Version: ${LEGACY}\r\nMcp-Session-Id: ${session}\r\n`;
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  const meta = session === undefined ? META : undefined;
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nAccept: ${ACCEPT}\r\n${era}${authorization}Content-Length: `;
  return (id) => {
    const body = requestOf(id, tool, meta);
    return timed(id, async () => {
      const text = await connection.exchange(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
      if (!text.startsWith('200', 9) || !text.includes(wordsOf(id))) throw new Error(text.slice(0, 2_000));
    });
  };
}

/** The standard streams of a server, on which any number of calls may wait. */
export async function callOverStreams(input: Writable, output: Readable, tool: string): Promise<Call> {
  const waiting = new Map<number, (text: string) => void>();
  createInterface({ input: output }).on('line', (line) => {
    const id = Number(/"id":(\d+)/.exec(line)?.[1]);
    const settle = waiting.get(id);
    waiting.delete(id);
    settle?.(line);
  });
  const exchange = (id: number, text: string, expected: string): Promise<void> =>
    timed(id, async () => {
      const line = await new Promise<string>((resolve) => {
        waiting.set(id, resolve);
        input.write(`${text}\n`);
      });
      if (!line.includes(expected)) throw new Error(line.slice(0, 2_000));
    });
  await exchange(0, JSON.stringify(INITIALIZE), 'protocolVersion');
  input.write(`${JSON.stringify(INITIALIZED)}\n`);
  return (id) => exchange(id, requestOf(id, tool, undefined), wordsOf(id));
}

/**
 * Begins a session of the legacy era, and gives its id.
 * @throws Error when there is nobody who begins one.
 */
export async function beginSession(url: URL): Promise<string> {
  const headers = { 'Content-Type': 'application/json', Accept: ACCEPT };
  const begun = await fetch(url, { method: 'POST', headers, body: JSON.stringify(INITIALIZE) });
  const session = begun.headers.get('mcp-session-id');
  await begun.text();
  if (session === null) throw new Error(`no session: ${begun.status}`);
  const told = { ...headers, 'Mcp-Session-Id': session, 'MCP-Protocol-Version': LEGACY };
  await (await fetch(url, { method: 'POST', headers: told, body: JSON.stringify(INITIALIZED) })).text();
  return session;
}
