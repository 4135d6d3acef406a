import { isObject, parseJson, type JsonLimits, type JsonObject } from '../../protocol/json.ts';
import { Flood } from './flood.ts';

/** Bounds of one message of an upstream. */
const LIMITS: JsonLimits = { depth: 64, string: 8 * 1024 * 1024, items: 100_000, keys: 100_000 };
/** Bytes of one message of an upstream. */
const MOST_BYTES = 8 * 1024 * 1024;

/** What becomes of bytes that should be a message: one, a fault, or nothing where a fault is passed over. */
export type ReadMessage = { readonly message: JsonObject } | { readonly fault: string } | undefined;

/** How what an upstream sends is read, and what of it belongs to which request. */
export interface MessageChecks {
  /** Bytes of one message; what is longer ends the link. */
  readonly mostBytes: number;
  read(bytes: Uint8Array): ReadMessage;
  /** The request that an answer is to, by its id; `undefined` where it can be to none. */
  requestOf(id: unknown): number | undefined;
  /** Whether an answer has a result, or an error; `undefined` when it has both or neither. */
  kindOf(answer: JsonObject): 'result' | 'error' | undefined;
  /** Which of the requests in progress a notification is about, by its token. */
  about<T>(token: unknown, waiting: ReadonlyMap<number, T>): readonly T[];
  /** Counts what answers nothing. */
  createFlood(): Pick<Flood, 'grows'>;
}

/**
 * Reads every message of an upstream as a stranger's (PRX-03): strict JSON of a bounded size, one of result and error, to a request
 * that waits, by the id that it was sent with; a notification reaches the request alone that it is about, and
 * messages without end that answer nothing end the link. With the control off, what can be read at all is believed.
 */
export function configure(weakened: ReadonlySet<string>): MessageChecks {
  return weakened.has('upstream-messages') ? CREDULOUS : STRICT;
}

const STRICT: MessageChecks = Object.freeze({
  mostBytes: MOST_BYTES,
  read(bytes: Uint8Array): ReadMessage {
    const parsed = parseJson(bytes, LIMITS);
    if ('problem' in parsed) return { fault: `a message that is ${parsed.problem}` };
    const { value } = parsed;
    return isObject(value) && value['jsonrpc'] === '2.0'
      ? { message: value }
      : { fault: 'something that is no message' };
  },
  requestOf: (id: unknown) => (typeof id === 'number' ? id : undefined),
  kindOf({ result, error }: JsonObject): 'result' | 'error' | undefined {
    if (isObject(result) && error === undefined) return 'result';
    return isObject(error) && result === undefined ? 'error' : undefined;
  },
  about<T>(token: unknown, waiting: ReadonlyMap<number, T>): readonly T[] {
    const found = typeof token === 'number' ? waiting.get(token) : undefined;
    return found === undefined ? [] : [found];
  },
  createFlood: () => new Flood(),
});

const CREDULOUS: MessageChecks = Object.freeze({
  mostBytes: 64 * 1024 * 1024,
  read(bytes: Uint8Array): ReadMessage {
    try {
      const value: unknown = JSON.parse(Buffer.from(bytes).toString());
      return isObject(value) ? { message: value } : undefined;
    } catch {
      return undefined;
    }
  },
  requestOf: Number,
  kindOf: ({ result }: JsonObject) => (isObject(result) ? 'result' : 'error'),
  about: <T>(_: unknown, waiting: ReadonlyMap<number, T>) => [...waiting.values()],
  createFlood: () => ({ grows: () => false }),
});
