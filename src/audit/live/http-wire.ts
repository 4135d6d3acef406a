import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { parseMessages } from '../events.ts';
import type { Address } from './addresses.ts';
import type { Budget } from './budget.ts';
import type { Answer, Ending, Exchange, Seen } from './exchange.ts';
import type { Redactor } from './redact.ts';

const MOST_HEADER_BYTES = 32 * 1024;
const MOST_KEYS = 20;
const LONGEST_KEY = 60;
/** What says something about a server; anything else may hold what nobody wants to keep. */
const KEPT =
  /^(?:content-(?:type|length|encoding|security-policy|disposition)|transfer-encoding|www-authenticate|access-control-.{1,40}|location|server|via|x-powered-by|x-aspnet(?:mvc)?-version|x-generator|x-runtime|cache-control|pragma|expires|vary|etag|age|strict-transport-security|x-content-type-options|x-frame-options|referrer-policy|cross-origin-.{1,20}|allow|retry-after|mcp-.{1,30}|set-cookie|dpop-nonce|x-ratelimit-.{1,20}|ratelimit.{0,20})$/;

/** One request over HTTP. Headers are sent as they stand, so that one may be missing, wrong, or there twice. */
export interface WireRequest {
  readonly label: string;
  readonly method: string;
  /** Path and query: a request cannot leave its origin. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** The JSON-RPC method of the body. */
  readonly rpc?: string;
  /** The id whose answer ends a stream. */
  readonly id?: unknown;
  /** Milliseconds for the answer, where fewer than usual. */
  readonly patienceMs?: number;
  /** A connection of its own, for what could confuse one that is used again. */
  readonly isAlone?: boolean;
  /** Takes a refusal that it came too fast for the answer. */
  readonly isOnce?: boolean;
  /** Hears each request that the server puts to its client. */
  readonly onAsked?: (asked: JsonObject) => void;
}

/** An origin that a run may send to, by an address that was looked at before. */
export interface Wire {
  send(request: WireRequest): Promise<Seen>;
  close(): void;
}

/** Where and within which bounds. */
export interface WireOptions {
  readonly origin: URL;
  readonly address: Address;
  readonly budget: Budget;
  readonly redactor: Redactor;
}

interface Received {
  readonly ending: Ending;
  readonly status?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: number;
}

const NOTHING = { headers: {}, text: '', bytes: 0 };

/**
 * Opens the way to one origin. Redirects are told and not followed, nothing is decompressed, and every answer is bounded in bytes,
 * headers and time, by its own limits and those of the run.
 */
export function createWire({ origin, address, budget, redactor }: WireOptions): Wire {
  const isTls = origin.protocol === 'https:';
  const bounds = { keepAlive: true, maxSockets: 4, maxFreeSockets: 4 };
  const agent = isTls ? new HttpsAgent(bounds) : new HttpAgent(bounds);
  const name = origin.hostname.replace(/^\[|\]$/g, '');
  // The certificate has to be that of the name, though the address is what is connected to.
  const identity = isTls && isIP(name) === 0 ? { servername: name } : {};
  const once = (
    request: WireRequest,
    patience: number,
    isAlone: boolean,
  ): Promise<Received & { readonly isStale: boolean }> =>
    new Promise((resolve) => {
      const sent: ClientRequest = (isTls ? httpsRequest : httpRequest)({
        protocol: origin.protocol,
        hostname: address.address,
        ...identity,
        port: origin.port,
        path: request.path,
        method: request.method,
        headers: flat(request, isAlone),
        setHost: false,
        agent: isAlone ? false : agent,
        maxHeaderSize: MOST_HEADER_BYTES,
        insecureHTTPParser: false,
      });
      let answer: Collector | undefined;
      let isConnected = false;
      const finish = (ending: Ending, isStale = false): void => {
        clearTimeout(timer);
        resolve({ ...NOTHING, ...answer?.received(), ending, isStale });
        if (ending !== 'answered' || answer?.isWhole() !== true) sent.destroy();
      };
      const timer = setTimeout(() => finish('late'), Math.min(patience, request.patienceMs ?? patience));
      sent.on('socket', (socket) => {
        // Until the certificate was accepted nothing was asked, so that an end before it is no refusal.
        if (socket.connecting) socket.once(isTls ? 'secureConnect' : 'connect', () => (isConnected = true));
        else isConnected = true;
      });
      sent.on('response', (response) => {
        answer = collect(response, request, budget, finish);
      });
      sent.on('upgrade', (_response, socket) => {
        socket.destroy();
        finish('broken');
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code?.startsWith('HPE_') === true) finish('broken');
        else finish(isConnected ? 'closed' : 'unreachable', sent.reusedSocket && answer === undefined);
      });
      sent.on('close', () => finish('closed'));
      sent.end(request.body);
    });
  return {
    async send(request) {
      const started = performance.now();
      const patience = budget.take();
      if (patience === undefined) return seenOf(request, { ...NOTHING, ending: 'withheld' }, 0, redactor);
      let received = await once(request, patience, request.isAlone === true);
      // A connection that the server closed while nobody used it says nothing of this request.
      const again = received.isStale ? budget.take() : undefined;
      if (again !== undefined) received = await once(request, again, true);
      // What comes too fast is not refused for what it says: as often as there is time for, it is sent again when it may be.
      for (
        let pauseMs = request.isOnce === true ? undefined : pauseOf(received);
        pauseMs !== undefined && pauseMs < budget.left();
        pauseMs = pauseOf(received)
      ) {
        await delay(pauseMs);
        const next = budget.take();
        if (next === undefined) break;
        received = await once(request, next, request.isAlone === true);
      }
      return seenOf(request, received, performance.now() - started, redactor);
    },
    close: () => agent.destroy(),
  };
}

/** Milliseconds after which a request that came too fast may come again (RFC 6585 section 4), where the server says so in seconds. */
function pauseOf({ status, headers }: Received): number | undefined {
  const seconds = /^\d{1,2}$/.exec(headers['retry-after'] ?? '')?.[0];
  return status !== 429 || seconds === undefined ? undefined : Math.max(1, Number(seconds)) * 1_000;
}

function flat({ headers, body }: WireRequest, isAlone: boolean): string[] {
  const list = headers.flatMap(([name, value]) => [name, value]);
  const has = (name: string): boolean => headers.some(([own]) => own.toLowerCase() === name);
  if (body !== undefined && !has('content-length') && !has('transfer-encoding'))
    list.push('Content-Length', String(Buffer.byteLength(body)));
  if (!has('connection')) list.push('Connection', isAlone ? 'close' : 'keep-alive');
  return list;
}

interface Collector {
  received(): Omit<Received, 'ending'>;
  isWhole(): boolean;
}

function collect(
  response: IncomingMessage,
  request: WireRequest,
  budget: Budget,
  finish: (ending: Ending) => void,
): Collector {
  const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
  const chunks: Buffer[] = [];
  let bytes = 0;
  let rest = '';
  const hear = (chunk: Buffer): boolean => {
    const events = (rest + chunk.toString('utf8')).split(/\r?\n\r?\n/);
    rest = events.pop() ?? '';
    for (const message of events.flatMap((event) => parseMessages(event, true))) {
      if (isQuestion(message)) request.onAsked?.(message);
      else if (request.id !== undefined && message['id'] === request.id) return true;
    }
    return false;
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (isStream && hear(chunk)) finish('answered');
    else if (bytes > budget.limits.answerBytes || !budget.receive(chunk.length)) finish('cut');
  });
  response.on('end', () => finish(response.complete ? 'answered' : 'closed'));
  response.on('error', () => finish('closed'));
  return {
    received: () => ({
      status: response.statusCode,
      headers: joined(response.rawHeaders),
      text: Buffer.concat(chunks).toString('utf8'),
      bytes,
    }),
    isWhole: () => response.complete,
  };
}

function isQuestion(message: JsonObject): boolean {
  return Object.hasOwn(message, 'method') && Object.hasOwn(message, 'id');
}

function joined(raw: readonly string[]): Readonly<Record<string, string>> {
  const all = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const before = all.get(name);
    all.set(name, before === undefined ? (raw[index + 1] ?? '') : `${before}, ${raw[index + 1] ?? ''}`);
  }
  return Object.fromEntries(all);
}

function seenOf(request: WireRequest, received: Received, ms: number, redactor: Redactor): Seen {
  const { ending, status, headers, text, bytes } = received;
  const isStream = (headers['content-type'] ?? '').startsWith('text/event-stream');
  const messages = parseMessages(text, isStream);
  const isSaid = (message: JsonObject): boolean => Object.hasOwn(message, 'method');
  const message = messages.findLast((each) => !isSaid(each));
  const session = headers['mcp-session-id'];
  if (session !== undefined) redactor.hide(session, 'session id');
  const exchange = exchangeOf(request, { ending, status, headers, text, message, bytes, ms, redactor });
  return {
    exchange,
    message,
    notifications: messages.filter((each) => isSaid(each) && !Object.hasOwn(each, 'id')),
    asked: messages.filter(isQuestion),
    headers,
    text,
  };
}

interface Told {
  readonly ending: Ending;
  readonly status?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly message: JsonObject | undefined;
  readonly bytes: number;
  readonly ms: number;
  readonly redactor: Redactor;
}

/** Makes of what was received what may be kept. */
export function exchangeOf(
  { label, method, path, rpc }: Pick<WireRequest, 'label' | 'method' | 'path' | 'rpc'>,
  { ending, status, headers, text, message, bytes, ms, redactor }: Told,
): Exchange {
  const answer = answerOf(message, redactor);
  const kept = Object.entries(headers).filter(([name]) => KEPT.test(name));
  return {
    label: redactor.header('label', label),
    method,
    path: redactor.header('path', path),
    ...(rpc === undefined ? {} : { rpc }),
    ending,
    ...(status === undefined ? {} : { status }),
    headers: Object.fromEntries(kept.map(([name, value]) => [name, redactor.header(name, value)])),
    ...(answer === undefined ? {} : { answer }),
    body: redactor.body(text),
    bytes,
    ms: Math.round(ms),
  };
}

function answerOf(message: JsonObject | undefined, redactor: Redactor): Answer | undefined {
  const result = message?.['result'];
  const error = message?.['error'];
  if (isObject(result)) {
    const keys = Object.keys(result).slice(0, MOST_KEYS);
    const named = keys.map((key) => redactor.header('key', key.slice(0, LONGEST_KEY)));
    return { kind: 'result', isError: result['isError'] === true, keys: named };
  }
  if (!isObject(error)) return undefined;
  const code = typeof error['code'] === 'number' ? error['code'] : undefined;
  const text = typeof error['message'] === 'string' ? error['message'] : '';
  return { kind: 'error', code, message: redactor.header('message', text) };
}
