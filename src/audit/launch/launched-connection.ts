import { isObject, type JsonObject } from '../../protocol/json.ts';
import { META, type Era } from '../../protocol/versions.ts';
import { parseOrNothing } from '../events.ts';
import { legacyParams, withMeta } from '../http-client.ts';
import type { Budget } from '../live/budget.ts';
import type { Ending, Seen } from '../live/exchange.ts';
import { CLIENT_INFO, LEGACY_ASKED } from '../live/http-connection.ts';
import { exchangeOf } from '../live/http-wire.ts';
import type { Redactor } from '../live/redact.ts';
import type { AskOptions, LiveConnection } from '../live/subject.ts';
import type { ServerProcess } from './server-process.ts';

/** How long a line may stay without an answer once a request that was sent after it has one. */
const SILENCE_MS = 300;
const MOST_HELD = 200;

/** A connection to a launched server: one process of its own. */
export interface LaunchedConnection extends LiveConnection {
  /** Writes one line and gives what came back for it. */
  line(label: string, text: string | Uint8Array): Promise<Seen>;
  readonly process: ServerProcess;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly process: ServerProcess;
  readonly era: Era;
  readonly capabilities: JsonObject;
  readonly budget: Budget;
  readonly redactor: Redactor;
  /** Milliseconds for the first answer: the process has to start before it. */
  readonly startMs: number;
  readonly onClose: () => Promise<void>;
}

interface Waiting {
  readonly lines: string[];
  readonly notifications: JsonObject[];
  readonly asked: JsonObject[];
  readonly answer: AskOptions['answer'];
  readonly done: (ending: Ending, message?: JsonObject) => void;
}

/** Speaks with a launched server; in the legacy era it goes through the handshake. */
export async function connectLaunched(parts: ConnectionParts): Promise<LaunchedConnection> {
  const { process, era, capabilities } = parts;
  const exchange = createExchanger(parts);
  let next = 0;
  const ask: LiveConnection['ask'] = (label, method, params = {}, options = {}) => {
    if (options.body !== undefined) return exchange.line(label, options.body, method, options);
    const id = `audit-${++next}`;
    const message = { jsonrpc: '2.0', id, method, params: paramsOf(era, params, capabilities, options.meta) };
    return exchange.request(label, id, JSON.stringify(message), method, options);
  };
  let hello: Seen | undefined;
  if (era === 'legacy') {
    const offer = { protocolVersion: LEGACY_ASKED, capabilities, clientInfo: CLIENT_INFO };
    hello = await ask('the handshake', 'initialize', offer);
    process.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  }
  const line = (label: string, text: string | Uint8Array): Promise<Seen> => exchange.line(label, text, undefined, {});
  return { era, session: undefined, hello, ask, line, process, close: parts.onClose };
}

function paramsOf(era: Era, params: JsonObject, capabilities: JsonObject, more: JsonObject | undefined): JsonObject {
  if (era === 'legacy') return legacyParams(params, more);
  return withMeta(params, capabilities, { [META.clientInfo]: CLIENT_INFO, ...more });
}

interface Exchanger {
  /** Writes a request and waits for the answer to its id. */
  request(label: string, id: string, text: string, rpc: string | undefined, options: AskOptions): Promise<Seen>;
  /** Writes any line. What is passed over without an answer is told by the answer to what was written after it. */
  line(label: string, text: string | Uint8Array, rpc: string | undefined, options: AskOptions): Promise<Seen>;
}

function createExchanger({ process, era, budget, redactor, startMs }: ConnectionParts): Exchanger {
  let isStarted = false;
  const waiting = new Map<string, Waiting>();
  process.onLine((bytes) => hear(waiting, bytes, process));
  process.onEnd(() => waiting.forEach(({ done }) => done('closed')));
  const tell = (label: string, rpc: string | undefined, ending: Ending, entry: Heard): Seen => {
    const { lines, notifications, asked, message, ms } = entry;
    const text = lines.join('\n');
    const bytes = Buffer.byteLength(text);
    const what = { label, method: 'stdin', path: '', ...(rpc === undefined ? {} : { rpc }) };
    const exchange = exchangeOf(what, { ending, headers: {}, text, message, bytes, ms, redactor });
    return { exchange, message, notifications, asked, headers: {}, text };
  };
  const send = (label: string, id: string, text: string | Uint8Array, rpc: string | undefined, options: AskOptions) => {
    const patience = budget.take();
    const nothing: Heard = { lines: [], notifications: [], asked: [], message: undefined, ms: 0 };
    if (patience === undefined)
      return { seen: Promise.resolve(tell(label, rpc, 'withheld', nothing)), done: undefined };
    if (process.hasEnded()) return { seen: Promise.resolve(tell(label, rpc, 'closed', nothing)), done: undefined };
    const started = performance.now();
    const over = Promise.withResolvers<Seen>();
    const most = isStarted ? patience : Math.min(Math.max(patience, startMs), budget.left());
    const timer = setTimeout(() => done('late'), Math.min(most, options.patienceMs ?? most));
    const entry: Waiting = {
      lines: [],
      notifications: [],
      asked: [],
      answer: options.answer,
      done: (...told) => done(...told),
    };
    const done: Waiting['done'] = (ending, message) => {
      if (waiting.get(id) !== entry) return;
      clearTimeout(timer);
      waiting.delete(id);
      isStarted = true;
      const text = entry.lines.join('\n');
      const fits = budget.receive(Buffer.byteLength(text));
      const heard = { ...entry, message, ms: performance.now() - started };
      over.resolve(tell(label, rpc, fits ? ending : 'cut', heard));
    };
    waiting.set(id, entry);
    process.send(text);
    return { seen: over.promise, done };
  };
  let probes = 0;
  return {
    request: (label, id, text, rpc, options) => send(label, keyOf(id), text, rpc, options).seen,
    async line(label, text, rpc, options) {
      const { seen, done } = send(label, keyOf(peekId(text)), text, rpc, options);
      if (done === undefined) return await seen;
      const id = `after-${++probes}`;
      const params = paramsOf(era, {}, {}, undefined);
      const after = send(
        '',
        keyOf(id),
        JSON.stringify({ jsonrpc: '2.0', id, method: 'ping', params }),
        'ping',
        {},
      ).seen;
      await Promise.race([seen, after]);
      const timer = setTimeout(() => done('ignored'), SILENCE_MS);
      const told = await seen;
      clearTimeout(timer);
      await after;
      return told;
    },
  };
}

interface Heard extends Omit<Waiting, 'answer' | 'done'> {
  readonly message: JsonObject | undefined;
  readonly ms: number;
}

/** A message without an id that can be matched answers whoever waits for one without. */
function hear(waiting: ReadonlyMap<string, Waiting>, bytes: Buffer, process: ServerProcess): void {
  const line = bytes.toString('utf8');
  const message = parseOrNothing(line);
  const all = [...waiting.values()];
  if (!isObject(message)) return keep(all, line);
  if (!Object.hasOwn(message, 'method')) {
    const id = message['id'] ?? null;
    const entry = waiting.get(keyOf(id)) ?? (id === null ? malformedOf(waiting) : undefined);
    entry?.lines.push(line);
    return entry?.done('answered', message);
  }
  keep(all, line);
  if (!Object.hasOwn(message, 'id')) {
    for (const { notifications } of all) if (notifications.length < MOST_HELD) notifications.push(message);
    return;
  }
  const answering = all.find(({ answer }) => answer !== undefined);
  for (const { asked } of all) if (asked.length < MOST_HELD) asked.push(message);
  process.send(JSON.stringify({ jsonrpc: '2.0', id: message['id'], ...replyTo(message, answering?.answer) }));
}

function keep(all: readonly Waiting[], line: string): void {
  for (const { lines } of all) if (lines.length < MOST_HELD) lines.push(line);
}

function malformedOf(waiting: ReadonlyMap<string, Waiting>): Waiting | undefined {
  const [only] = waiting.size === 1 ? waiting.values() : [];
  return only ?? [...waiting].findLast(([id]) => !/^"(?:after|audit)-\d+"$/.test(id))?.[1];
}

/** Ids that are lists or objects are equal when they are written alike. */
function keyOf(id: unknown): string {
  return JSON.stringify(id ?? null);
}

/** What nobody wants to answer is declined; what has no such answer is refused. */
function replyTo(message: JsonObject, answer: AskOptions['answer']): JsonObject {
  const given = answer?.(message);
  if (given !== undefined) return { result: given };
  if (message['method'] === 'elicitation/create') return { result: { action: 'decline' } };
  if (message['method'] === 'ping') return { result: {} };
  return { error: { code: -32601, message: 'The audit answers nothing.' } };
}

/** Of a text of ours, however deep it is nested. */
function peekId(text: string | Uint8Array): unknown {
  try {
    const [value] = [JSON.parse(Buffer.from(text).toString('utf8')) as unknown].flat();
    return isObject(value) ? (value['id'] ?? null) : null;
  } catch {
    return null;
  }
}
