import type { Readable, Writable } from 'node:stream';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { META, MODERN_VERSION, type Era } from '../protocol/versions.ts';
import type { Connection, Reply, RequestOptions } from './rule.ts';

const PATIENCE_MS = 20_000;
/** How long a line may stay without an answer once a request that was sent after it has one. */
const SILENCE_MS = 500;
const SENTINEL = 'after-';
const LEGACY = '2025-11-25';

/** The two ends of a stdio server, shared by every connection to it. */
export interface StdioChannel {
  open(era: Era, capabilities: JsonObject): Promise<Connection>;
  line(text: string | Uint8Array): Promise<Reply>;
}

interface Waiting {
  readonly lines: string[];
  readonly notifications: JsonObject[];
  readonly answer: RequestOptions['answer'];
  readonly onNotification: RequestOptions['onNotification'];
  readonly done: (message: JsonObject | undefined) => void;
}

/** Creates a channel over the input and output of a stdio server. */
export function createStdioChannel(toServer: Writable, fromServer: Readable): StdioChannel {
  let next = 0;
  let rest = '';
  const waiting = new Map<unknown, Waiting>();
  fromServer.on('data', (chunk: Buffer | string) => {
    rest += String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) dispatch(waiting, line, toServer);
  });
  fromServer.on('close', () => {
    for (const { done } of waiting.values()) done(undefined);
  });
  const send = (id: unknown, text: string | Uint8Array, more: RequestOptions): Promise<Reply> =>
    new Promise((resolve) => {
      const lines: string[] = [];
      const notifications: JsonObject[] = [];
      const timer = setTimeout(() => done(undefined), more.hangUpMs ?? PATIENCE_MS);
      const done = (message: JsonObject | undefined) => {
        clearTimeout(timer);
        if (waiting.get(id)?.done !== done) return;
        waiting.delete(id);
        resolve({ status: undefined, headers: {}, message, notifications, text: lines.join('\n') });
        if (message === undefined && (more.hangUpMs !== undefined || more.signal?.aborted === true)) {
          toServer.write(
            `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })}\n`,
          );
        }
      };
      waiting.set(id, { lines, notifications, answer: more.answer, onNotification: more.onNotification, done });
      more.signal?.addEventListener('abort', () => done(undefined), { once: true });
      toServer.write(text);
      toServer.write('\n');
    });
  // What is refused without an answer cannot be told from what is slow, but by the answer to what was sent after it.
  const line = async (text: string | Uint8Array): Promise<Reply> => {
    const id = peekId(text);
    const reply = send(id, text, {});
    const entry = waiting.get(id);
    const probe = `${SENTINEL}${++next}`;
    const passed = send(probe, JSON.stringify({ jsonrpc: '2.0', id: probe, method: 'ping' }), {});
    await Promise.race([reply, passed]);
    const timer = setTimeout(() => {
      if (waiting.get(id) === entry) entry?.done(undefined);
    }, SILENCE_MS);
    const got = await reply;
    clearTimeout(timer);
    await passed;
    return got;
  };
  return {
    line,
    async open(era: Era, capabilities: JsonObject): Promise<Connection> {
      const request = (method: string, params: JsonObject = {}, more: RequestOptions = {}) => {
        const id = `probe-${++next}`;
        const meta = { [META.version]: MODERN_VERSION, [META.capabilities]: capabilities, ...more.meta };
        const own = isObject(params['_meta']) ? params['_meta'] : {};
        const full =
          era === 'modern'
            ? { ...params, _meta: { ...meta, ...own } }
            : more.meta === undefined
              ? params
              : { ...params, _meta: more.meta };
        return send(id, more.body ?? JSON.stringify({ jsonrpc: '2.0', id, method, params: full }), more);
      };
      if (era === 'legacy') {
        await request('initialize', {
          protocolVersion: LEGACY,
          capabilities,
          clientInfo: { name: 'probe', version: '1' },
        });
        toServer.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
      }
      return { session: undefined, request, close: () => Promise.resolve() };
    },
  };
}

function peekId(text: string | Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(text).toString('utf8'));
    return isObject(value) ? (value['id'] ?? null) : null;
  } catch {
    return null;
  }
}

/** A message without an id that can be matched answers whoever waits for one without. */
function dispatch(waiting: ReadonlyMap<unknown, Waiting>, line: string, toServer: Writable): void {
  const message: unknown = peekMessage(line);
  if (!isObject(message)) {
    for (const { lines } of waiting.values()) lines.push(line);
    return;
  }
  if (Object.hasOwn(message, 'method')) {
    for (const { lines, notifications, answer, onNotification } of waiting.values()) {
      lines.push(line);
      if (!Object.hasOwn(message, 'id')) {
        notifications.push(message);
        onNotification?.(message);
      } else if (answer !== undefined) {
        const result = answer(message) ?? { action: 'decline' };
        toServer.write(`${JSON.stringify({ jsonrpc: '2.0', id: message['id'], result })}\n`);
      }
    }
    return;
  }
  const entry =
    waiting.get(message['id'] ?? null) ??
    (message['id'] === undefined ? [...waiting].findLast(([id]) => !String(id).startsWith(SENTINEL))?.[1] : undefined);
  entry?.lines.push(line);
  entry?.done(message);
}

function peekMessage(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
