import { isObject, type JsonObject } from '../protocol/json.ts';
import { refused, resultOf } from './judge.ts';
import type { Connection, Observation, Reply } from './rule.ts';

/** A call, and what the server asked its client in it. */
export interface Questioned {
  readonly reply: Reply;
  /** Requests as they were put: the questions of an incomplete result (modern), or requests within the call (legacy). */
  readonly asked: readonly JsonObject[];
}

/** Calls a tool and declines whatever it asks. */
export async function callAndDecline(connection: Connection, name: string): Promise<Questioned> {
  const asked: JsonObject[] = [];
  const answer = (request: JsonObject): JsonObject => {
    asked.push(request);
    return { action: 'decline' };
  };
  const reply = await connection.request('tools/call', { name, arguments: {} }, { answer });
  const result = resultOf(reply);
  const questions = result?.['inputRequests'];
  if (isObject(questions)) {
    asked.push(...Object.values(questions).filter(isObject));
    // A question that is left open holds up whoever waits for its answer behind the server.
    const inputResponses = Object.fromEntries(Object.keys(questions).map((key) => [key, { action: 'decline' }]));
    const { requestState } = { ...result };
    await connection.request('tools/call', { name, arguments: {}, requestState, inputResponses });
  }
  return { reply, asked };
}

/** An observation of such a call: its fact is the number of questions. */
export function observeQuestions(label: string, { reply, asked }: Questioned): Observation {
  return { label, reply, fact: asked.length };
}

/** Whether a question was put. */
export function wasAsked({ fact }: Observation): boolean {
  return typeof fact === 'number' && fact > 0;
}

/** Whether no question was put and the call was refused for it. */
export function wasNotAsked(observation: Observation): boolean {
  return observation.fact === 0 && refused(observation);
}

/** How a person answers: a result of the elicitation, or nothing at all. */
export type Person = (question: JsonObject) => JsonObject | undefined;

const MOST_ROUNDS = 3;

/** Calls a tool as a client whose person answers what is asked, in rounds (modern) or within the call (legacy). */
export async function callWithPerson(connection: Connection, params: JsonObject, person: Person): Promise<Questioned> {
  const asked: JsonObject[] = [];
  const answer = (question: JsonObject): JsonObject | undefined => {
    asked.push(question);
    return person(question) ?? { action: 'cancel' };
  };
  let reply = await connection.request('tools/call', params, { answer });
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const result = resultOf(reply);
    const questions = result?.['inputRequests'];
    if (result?.['resultType'] !== 'input_required' || !isObject(questions)) break;
    const answers = Object.entries(questions).map(([key, question]) => {
      if (isObject(question)) asked.push(question);
      return [key, isObject(question) ? person(question) : undefined] as const;
    });
    const given = answers.filter(([, given]) => given !== undefined);
    if (given.length === 0) break;
    const inputResponses = Object.fromEntries(given);
    reply = await connection.request('tools/call', { ...params, requestState: result['requestState'], inputResponses });
  }
  return { reply, asked };
}

/** A person who says yes to whatever is asked. */
export const agrees: Person = () => ({ action: 'accept', content: { approve: true } });

/** A person who does not answer. */
export const silent: Person = () => undefined;

/** Whether the call was not done: refused, or a question that nobody has answered. */
export function wasStopped(observation: Observation): boolean {
  return refused(observation) || resultOf(observation.reply)?.['resultType'] === 'input_required';
}
