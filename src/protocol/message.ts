import { isObject, type JsonObject } from './json.ts';

/** JSON-RPC request id: a string of at most 256 units, or a safe integer (MCP 2026-07-28 basic/index#requests). */
export type RequestId = string | number;

/** One JSON-RPC message from a client. */
export type Message =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  /** An answer of a legacy client to a request of ours; `result` is undefined when it is an error. */
  | { readonly kind: 'response'; readonly id: RequestId; readonly result: unknown };

/** Why an envelope was refused; `id` is the request's own id where it could be read. */
export interface EnvelopeProblem {
  readonly problem: string;
  readonly batch: boolean;
  readonly id: RequestId | undefined;
}

const NO_PARAMS: JsonObject = Object.freeze({});
const METHOD = /^[a-zA-Z][a-zA-Z0-9_/.-]{0,127}$/;

/** Whether a value can be a request id. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' ? value.length <= 256 : typeof value === 'number' && Number.isSafeInteger(value);
}

/** Checks the JSON-RPC 2.0 envelope: known members only, an id that is neither null nor a fraction, params by name. */
export function parseEnvelope(value: unknown): Message | EnvelopeProblem {
  if (Array.isArray(value)) return { problem: 'batch', batch: true, id: undefined };
  if (!isObject(value)) return { problem: 'not an object', batch: false, id: undefined };
  const id = isRequestId(value['id']) ? value['id'] : undefined;
  const refuse = (problem: string): EnvelopeProblem => ({ problem, batch: false, id });
  if (value['jsonrpc'] !== '2.0') return refuse('jsonrpc is not "2.0"');
  const hasId = Object.hasOwn(value, 'id');
  if (hasId && id === undefined) return refuse('id is neither a string nor an integer');
  if (!Object.hasOwn(value, 'method')) return parseResponse(value, id, refuse);
  for (const key in value) {
    if (key !== 'jsonrpc' && key !== 'id' && key !== 'method' && key !== 'params') return refuse('unknown member');
  }
  const method = value['method'];
  if (typeof method !== 'string' || !METHOD.test(method)) return refuse('method is not a name');
  const params = value['params'] ?? NO_PARAMS;
  if (!isObject(params) || value['params'] === null) return refuse('params is not an object');
  if (id === undefined) return { kind: 'notification', method, params };
  return { kind: 'request', id, method, params };
}

function parseResponse(
  value: JsonObject,
  id: RequestId | undefined,
  refuse: (problem: string) => EnvelopeProblem,
): Message | EnvelopeProblem {
  const isResult = Object.hasOwn(value, 'result');
  if (id === undefined || isResult === Object.hasOwn(value, 'error')) return refuse('neither request nor response');
  for (const key in value) {
    if (key !== 'jsonrpc' && key !== 'id' && key !== 'result' && key !== 'error') return refuse('unknown member');
  }
  return { kind: 'response', id, result: isResult ? value['result'] : undefined };
}
