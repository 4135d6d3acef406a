import type { JsonObject } from '../../protocol/json.ts';

/**
 * How an exchange with a target ended.
 *
 * - `answered`: a whole answer came; of a stream, the message that was waited for.
 * - `cut`: more came than is taken; the rest was not read.
 * - `closed`: the connection ended before an answer.
 * - `broken`: what came is no HTTP, or not within its bounds.
 * - `ignored`: a line was passed over: what was written after it was answered.
 * - `late`: no whole answer came in time.
 * - `unreachable`: there was no connection.
 * - `withheld`: it was not sent, for the budget of the run was used up or the target lies out of bounds.
 */
export type Ending = 'answered' | 'cut' | 'closed' | 'broken' | 'ignored' | 'late' | 'unreachable' | 'withheld';

/** A JSON-RPC answer in short. */
export type Answer =
  | { readonly kind: 'result'; readonly isError: boolean; readonly keys: readonly string[] }
  | { readonly kind: 'error'; readonly code: number | undefined; readonly message: string };

/** One request and what came back: plain data that can be kept, cut, neutralised, and without secrets of either side. */
export interface Exchange {
  /** What was tried, in a few words; unique within a rule. */
  readonly label: string;
  /** The method of HTTP; `stdin` where a line was written. */
  readonly method: string;
  /** Path and query; empty on stdio. */
  readonly path: string;
  /** The JSON-RPC method, where the message had one. */
  readonly rpc?: string;
  readonly ending: Ending;
  /** HTTP status; absent on stdio and where none came. */
  readonly status?: number;
  /** Those that say something about a server, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly answer?: Answer;
  /** The beginning of the body. */
  readonly body: string;
  /** Bytes of the body that were read. */
  readonly bytes: number;
  /** Milliseconds from the request to the end of the answer. */
  readonly ms: number;
}

/** An exchange with all that was received, for a rule to look at while it gathers. None of it is kept. */
export interface Seen {
  readonly exchange: Exchange;
  /** The JSON-RPC answer; for a document, the document. */
  readonly message: JsonObject | undefined;
  /** Notifications that came before it. */
  readonly notifications: readonly JsonObject[];
  /** Requests that the server put to its client before it. */
  readonly asked: readonly JsonObject[];
  /** Every header, by lower-case name; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * What an exchange says.
 *
 * - `served`: a result that is no tool error.
 * - `refused`: the server's own decision against it: a 4xx, a JSON-RPC error, a tool error, a connection closed without a word, or a line
 *   passed over.
 * - `unclear`: anything that says nothing of the request: too many requests, a crash, a redirect, a late answer, none at all.
 */
export type Outcome = 'served' | 'refused' | 'unclear';

/** Statuses that speak of load or time and not of what was asked (RFC 9110 section 15.5.9, RFC 6585 section 4). */
const OF_LOAD: ReadonlySet<number> = new Set([408, 429]);

/** See `Outcome`. */
export function outcomeOf({ ending, status, answer }: Exchange): Outcome {
  if (ending === 'closed' || ending === 'ignored') return 'refused';
  if (ending !== 'answered' && ending !== 'cut') return 'unclear';
  if (status !== undefined && (OF_LOAD.has(status) || status >= 500 || (status >= 300 && status < 400)))
    return 'unclear';
  if (status !== undefined && status >= 400) return 'refused';
  if (answer === undefined) return 'unclear';
  return answer.kind === 'result' && !answer.isError ? 'served' : 'refused';
}

/** An exchange in a line, for a report. */
export function describeExchange({ method, path, rpc, ending, status, answer }: Exchange): string {
  const asked = [method, path, rpc].filter((part) => part !== undefined && part !== '').join(' ');
  const said =
    answer === undefined
      ? ''
      : answer.kind === 'result'
        ? answer.isError
          ? 'a tool error'
          : 'a result'
        : `error ${answer.code ?? 'without a code'}`;
  const came = ending === 'answered' || ending === 'cut' ? [status, said] : [status, ending];
  return `${asked}: ${came.filter((part) => part !== undefined && part !== '').join(', ') || 'an answer'}`;
}
