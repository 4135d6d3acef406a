import { isObject, type JsonObject } from '../../protocol/json.ts';
import { describeExchange, outcomeOf, type Seen } from '../live/exchange.ts';
import type { LiveConnection, LiveSubject } from '../live/subject.ts';
import { resultOf } from './answers.ts';
import { contentsOf } from './contents.ts';
import { shown } from './tools.ts';

/** What a client says that it can do, so that it is asked; sampling is left out, for that would have to be made up. */
export const ASKABLE: JsonObject = Object.freeze({ elicitation: { form: {}, url: {} }, roots: {} });

const [MOST_CALLS, MOST_PROMPTS, LONGEST_STATE] = [8, 3, 16_384];

/** A request that may be made, and that may be answered by a question. */
export interface Flow {
  readonly what: string;
  readonly method: 'tools/call' | 'prompts/get';
  readonly params: JsonObject;
}

/** A question that came with a state, and the answer that consents to nothing. */
export interface Asked {
  readonly state: string;
  /** Every elicitation declined, and no roots; undefined where nothing was asked for. */
  readonly declines: JsonObject | undefined;
}

/** What an answer comes to, to be compared with another. */
export interface Reply {
  readonly kind: 'complete' | 'input_required' | 'tool error' | 'error' | 'unclear';
  readonly content: string;
  readonly said: string;
}

/** The calls that do no harm, and the prompts that need nothing. */
export function flowsOf({ harmless, surface }: LiveSubject): readonly Flow[] {
  const calls = harmless.slice(0, MOST_CALLS).map(({ name, arguments: args }): Flow => {
    const what = `the call ${shown(`${name} ${JSON.stringify(args)}`)}`;
    return { what, method: 'tools/call', params: { name, arguments: args } };
  });
  const prompts = surface.prompts
    .flatMap(({ name, arguments: needs }) => {
      const isFree = !Array.isArray(needs) || !needs.some((need) => isObject(need) && need['required'] === true);
      return typeof name === 'string' && isFree ? [name] : [];
    })
    .slice(0, MOST_PROMPTS)
    .map((name): Flow => ({ what: `the prompt ${shown(name)}`, method: 'prompts/get', params: { name } }));
  return [...calls, ...prompts];
}

/** Makes the request; undefined where it is not answered by a question with a state that can be answered without consent. */
export async function begin(connection: LiveConnection, { what, method, params }: Flow): Promise<Asked | undefined> {
  const result = resultOf(await connection.ask(`${what}, first`, method, params));
  const { resultType, requestState, inputRequests } = result ?? {};
  if (resultType !== 'input_required' || typeof requestState !== 'string' || requestState === '') return undefined;
  if (requestState.length > LONGEST_STATE) return undefined;
  const declines = isObject(inputRequests) ? declinesOf(inputRequests) : {};
  if (declines === undefined) return undefined;
  return { state: requestState, declines: Object.keys(declines).length === 0 ? undefined : declines };
}

/** MCP 2026-07-28 client/elicitation, response actions: to decline is to consent to nothing. */
function declinesOf(requests: JsonObject): JsonObject | undefined {
  const answers: Record<string, JsonObject> = {};
  for (const [key, request] of Object.entries(requests)) {
    const method = isObject(request) ? request['method'] : undefined;
    if (method === 'elicitation/create') answers[key] = { action: 'decline' };
    else if (method === 'roots/list') answers[key] = { roots: [] };
    else return undefined;
  }
  return answers;
}

/** Makes the request again with the answer that consents to nothing, and a state where one is given. */
export function retry(
  connection: LiveConnection,
  { method, params }: Flow,
  label: string,
  { declines }: Pick<Asked, 'declines'>,
  requestState: string | undefined,
): Promise<Seen> {
  return connection.ask(label, method, {
    ...params,
    ...(declines === undefined ? {} : { inputResponses: declines }),
    ...(requestState === undefined ? {} : { requestState }),
  });
}

/** What an answer comes to, without what it is different in each time. */
export function replyOf(seen: Seen): Reply {
  const { exchange } = seen;
  const said = describeExchange(exchange);
  const outcome = outcomeOf(exchange);
  const result = resultOf(seen);
  if (outcome === 'unclear') return { kind: 'unclear', content: '', said };
  if (result === undefined || (exchange.status ?? 200) >= 400) {
    const { answer, status } = exchange;
    const code = answer?.kind === 'error' ? `${answer.code ?? ''} ${answer.message}` : '';
    return { kind: 'error', content: `${status ?? ''} ${code}`, said };
  }
  if (result['resultType'] === 'input_required')
    return { kind: 'input_required', content: '', said: `${said} that asks` };
  const content = JSON.stringify([...contentsOf(result)]);
  return { kind: outcome === 'served' ? 'complete' : 'tool error', content, said };
}

/** Whether two answers are one and the same. */
export function isSame(one: Reply, other: Reply): boolean {
  return one.kind === other.kind && one.content === other.content;
}
