import { ERRORS } from '../../../src/errors.ts';
import { isObject, type JsonObject } from '../../../src/protocol/json.ts';
import type { Case } from './requests.ts';
import { SECRETS } from './subject.ts';

/** One HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const CODES: ReadonlyMap<string, { readonly status: number; readonly rpc: number }> = new Map(Object.entries(ERRORS));
const STACK = /\bat .{1,200}:\d+:\d+\)?|node:internal|\bnode_modules\b|\.ts:\d+/;
/** Rates, concurrency, stores and issuers are in order while fuzzing, so that these would be faults. */
const NEVER: ReadonlySet<string> = new Set([
  'INTERNAL',
  'OVERLOADED',
  'SHUTTING_DOWN',
  'ISSUER_UNAVAILABLE',
  'RECORD_FAILED',
  'STORE_UNAVAILABLE',
  'RATE_LIMITED',
  'CONCURRENCY_LIMIT',
]);

/** What is wrong with a text that leaves the process, if anything. */
function leak(text: string, token: string | undefined): string | undefined {
  for (const secret of SECRETS) if (text.includes(secret)) return 'it holds a secret of a handler';
  if (text.includes(import.meta.dirname.slice(0, -'/test/security/fuzz'.length)))
    return 'it holds a path of the server';
  if (STACK.test(text)) return 'it holds a stack';
  return token !== undefined && token.length >= 16 && text.includes(token) ? 'it holds the credential' : undefined;
}

/** What is known of the request that a message answers. `status` is absent on stdio and in streams. */
interface Asked {
  readonly id: string | number | undefined;
  readonly legacy: boolean;
  readonly status?: number;
}

/** What is wrong with a JSON-RPC message of the server, if anything. */
function judgeMessage(text: string, { id, legacy, status }: Asked): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (!isObject(value) || value['jsonrpc'] !== '2.0') return 'it is not JSON-RPC 2.0';
  if (typeof value['method'] === 'string') {
    const known = value['method'].startsWith('notifications/') && !Object.hasOwn(value, 'id') && status === undefined;
    return known ? undefined : 'it is a request';
  }
  const hasResult = isObject(value['result']);
  if (hasResult === isObject(value['error'])) return 'it is neither a result nor an error';
  if (id !== undefined && Object.hasOwn(value, 'id') && value['id'] !== id) return 'it has the id of another request';
  return hasResult ? judgeResult(value, legacy, status) : judgeError(value['error'], legacy, status);
}

function judgeResult({ result, id }: JsonObject, legacy: boolean, status: number | undefined): string | undefined {
  if (typeof id !== 'string' && typeof id !== 'number') return 'a result has no id';
  if (status !== undefined && status !== 200) return 'a result has a status other than 200';
  const type = isObject(result) ? result['resultType'] : undefined;
  return legacy || type === 'complete' || type === 'input_required' ? undefined : 'a result has no resultType';
}

/** The legacy era has a number of its own for resources, and reads errors of the protocol from a 200 only. */
function judgeError(error: unknown, legacy: boolean, status: number | undefined): string | undefined {
  if (!isObject(error) || !isObject(error['data'])) return 'an error has no data';
  const code = String(error['data']['code']);
  const row = CODES.get(code);
  if (row === undefined) return `an error has the unknown code ${code}`;
  if (NEVER.has(code)) return `the answer is ${code}`;
  const number = legacy && code === 'RESOURCE_UNKNOWN' ? [row.rpc, -32002] : [row.rpc];
  if (!number.includes(Number(error['code']))) return `${code} has the number ${String(error['code'])}`;
  const isStatus = row.status === status || (legacy && row.rpc < 0 && status === 200);
  if (status !== undefined && !isStatus) return `${code} has the status ${status}`;
  return typeof error['message'] === 'string' && error['message'].length < 1_000
    ? undefined
    : 'an error has no sentence';
}

/** What is wrong with an HTTP answer, if anything. */
export function judgeAnswer(request: Case, { status, headers, body }: Answer): string | undefined {
  const whole = `${[...headers].join('\n')}\n${body}`;
  const leaked = leak(whole, request.token);
  if (leaked !== undefined) return leaked;
  if (status >= 500) return `the status is ${status}`;
  if (request.broken && body === '') return undefined;
  // node itself answers what is no HTTP, with a status and nothing else.
  if (body === '' && [400, 408, 431].includes(status) && headers.get('connection') === 'close') return undefined;
  if (headers.get('x-content-type-options') !== 'nosniff' || headers.get('cache-control') !== 'no-store')
    return 'a header of every answer is absent';
  if (status === 401 && headers.get('www-authenticate') === undefined) return 'a 401 has no challenge';
  if (request.verb === 'HEAD' || status === 202 || status === 204) return body === '' ? undefined : 'there is a body';
  const type = headers.get('content-type');
  const asked = { id: request.broken ? undefined : request.id, legacy: request.legacy };
  if (type === 'text/event-stream') return judgeEvents(body, asked);
  if (type !== 'application/json') return `the type is ${type ?? 'absent'}`;
  if (status === 200 && !body.startsWith('{"jsonrpc"')) return isDocument(body) ? undefined : 'it is not a document';
  return judgeMessage(body, { ...asked, status });
}

function isDocument(body: string): boolean {
  const value: unknown = JSON.parse(body);
  return isObject(value) && (typeof value['status'] === 'string' || typeof value['resource'] === 'string');
}

/** Events of the legacy era have numbers, and the first may be empty: it tells where to resume. */
function judgeEvents(body: string, asked: Asked): string | undefined {
  const events = body.split('\n\n').filter((event) => event !== '' && event !== ':');
  if (events.length === 0) return 'a stream without an event';
  const shape = asked.legacy
    ? /^(?:event: message\n)?(?:id: \d+\n)?(?:retry: \d+\n)?data: (.*)$/
    : /^event: message\ndata: (.+)$/;
  for (const event of events) {
    const data = shape.exec(event)?.[1];
    if (data === '') continue;
    const problem = data === undefined ? 'an event is malformed' : judgeMessage(data, asked);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What is wrong with a line of standard output; the id that it answers when nothing is. */
export function judgeLine(text: string): { readonly problem: string } | { readonly id: unknown } {
  const problem = leak(text, undefined) ?? judgeMessage(text, { id: undefined, legacy: false });
  if (problem !== undefined) return { problem };
  const value: unknown = JSON.parse(text);
  return { id: isObject(value) ? value['id'] : undefined };
}
