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
  const questions = resultOf(reply)?.['inputRequests'];
  if (isObject(questions)) asked.push(...Object.values(questions).filter(isObject));
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
