import { isObject, type JsonObject } from '../../protocol/json.ts';
import { parseOrNothing } from '../events.ts';
import type { Seen } from '../live/exchange.ts';

/** The JSON-RPC result of what was seen. */
export function resultOf({ message }: Pick<Seen, 'message'>): JsonObject | undefined {
  const result = message?.['result'];
  return isObject(result) ? result : undefined;
}

/** The members of a list of a result that are objects; none where there is no such list. */
export function listIn(result: JsonObject | undefined, member: string): readonly JsonObject[] {
  const list = result?.[member];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Whether a result stands anywhere in what came back: an answer to a batch is a list, and one without an id answers nobody. */
export function holdsResult(seen: Seen): boolean {
  if (resultOf(seen) !== undefined) return true;
  return seen.text
    .split(/\r?\n/)
    .slice(0, MOST_LINES)
    .map((line) => parseOrNothing(line.replace(/^data:\s?/, '')))
    .flatMap((value) => (Array.isArray(value) ? (value as readonly unknown[]).slice(0, MOST_LINES) : [value]))
    .some((value) => isObject(value) && Object.hasOwn(value, 'result'));
}

const MOST_LINES = 200;
