import { isObject, type JsonObject } from '../protocol/json.ts';

/** Reads the JSON messages of a body: one document, or the data of server-sent events. */
export function parseMessages(text: string, isStream: boolean): readonly JsonObject[] {
  const parts = isStream ? text.split(/\r?\n\r?\n/).map(dataOf) : [text];
  return parts.flatMap((part) => {
    const value = part === '' ? undefined : parseOrNothing(part);
    return isObject(value) ? [value] : [];
  });
}

function dataOf(event: string): string {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice(5).trimStart()).join('\n');
}

const DEEPEST = 512;

/** A peer's value; undefined for what is no JSON, or nested so deep that whoever walks it runs out of stack. */
export function parseOrNothing(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isTooDeep(root: unknown): boolean {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}
