import { isObject, type JsonObject } from '../../protocol/json.ts';
import { neutralise } from '../../text/neutralise.ts';
import type { HarmlessCall, LiveSubject } from '../live/subject.ts';

/** Tools that a rule calls: more would take the time of the others. */
const MOST = 6;

/** A call that may be made, with what the server says of its tool. */
export interface CallableTool {
  readonly call: HarmlessCall;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject | undefined;
}

/** The calls that a rule may make, at most six. */
export function callableTools({ surface, harmless }: LiveSubject): readonly CallableTool[] {
  return harmless.slice(0, MOST).flatMap((call) => {
    const tool = surface.tools.find(({ name }) => name === call.name);
    if (tool === undefined) return [];
    const { inputSchema, outputSchema } = tool;
    const input = isObject(inputSchema) ? inputSchema : {};
    return [{ call, inputSchema: input, outputSchema: isObject(outputSchema) ? outputSchema : undefined }];
  });
}

/** Why a rule that has to call something could not. */
export const NOTHING_TO_CALL =
  "no tool may be called: none says that it only reads and needs no arguments. Name one with --call tool='{...}'";

/** The name of a tool, as a report may show it. */
export function nameOf({ name }: JsonObject): string {
  return typeof name === 'string' ? shown(name) : '?';
}

/** A name that a server chose, as a report may show it. */
export function shown(name: string): string {
  return neutralise(name).replaceAll(/\s+/g, ' ').slice(0, 64);
}

/** Some names, and how many there are more. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** The properties of a schema of an object that are schemas. */
export function propertiesOf(schema: JsonObject): readonly (readonly [string, JsonObject])[] {
  const { properties } = schema;
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) =>
    isObject(property) ? [[name, property] as const] : [],
  );
}
