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

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
