import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Observation, Reply, Verdict } from './rule.ts';

/** What a rule says of each of its observations, by label. */
export interface Expectation {
  /** Labels that must have been served, or nothing can be said of the others. */
  readonly baseline: Readonly<Record<string, (observation: Observation) => boolean>>;
  /** Labels of attacks, with whether what was seen means that the attack was stopped. */
  readonly attacks: Readonly<Record<string, (observation: Observation) => boolean>>;
}

/**
 * Judges by one scheme: without its baseline nothing is known (a server that refuses everything proves nothing), one
 * attack that got through is a failure, and only all of them stopped is a pass.
 */
export function judge(observations: readonly Observation[], { baseline, attacks }: Expectation): Verdict {
  const seen = new Map(observations.map((observation) => [observation.label, observation] as const));
  for (const [label, holds] of Object.entries(baseline)) {
    const observation = seen.get(label);
    if (observation === undefined || !holds(observation))
      return { status: 'unknown', why: `${label}: not served as it must be` };
  }
  for (const label of Object.keys(attacks)) {
    if (!seen.has(label)) return { status: 'unknown', why: `${label}: not observed` };
  }
  for (const [label, stopped] of Object.entries(attacks)) {
    const observation = seen.get(label);
    if (observation !== undefined && !stopped(observation)) return { status: 'fail', why: `${label}: got through` };
  }
  return { status: 'pass', why: `${Object.keys(attacks).join(', ')}: stopped` };
}

/** The JSON-RPC result of a reply. */
export function resultOf(reply: Reply | undefined): JsonObject | undefined {
  const result = reply?.message?.['result'];
  return isObject(result) ? result : undefined;
}

/** The JSON-RPC error code of a reply. */
export function errorCodeOf(reply: Reply | undefined): number | undefined {
  const error = reply?.message?.['error'];
  return isObject(error) && typeof error['code'] === 'number' ? error['code'] : undefined;
}

/** Whether the operation was done: a result that is no tool error. */
export function served({ reply }: Observation): boolean {
  const result = resultOf(reply);
  return result !== undefined && result['isError'] !== true;
}

/** Whether the operation was refused by the server's own decision: an error answer, a tool error, or a 4xx. Not a crash, not a redirect. */
export function refused({ reply }: Observation): boolean {
  if (reply === undefined || reply.status === undefined || reply.status < 300) {
    return errorCodeOf(reply) !== undefined || resultOf(reply)?.['isError'] === true;
  }
  return reply.status >= 400 && reply.status < 500;
}

/** The text of a tool result's first text block. */
export function textOf(reply: Reply | undefined): string {
  const content = resultOf(reply)?.['content'];
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  return isObject(first) && typeof first['text'] === 'string' ? first['text'] : '';
}
