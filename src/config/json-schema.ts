import * as z from 'zod';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { ConfigSchema } from './schema.ts';

/** The JSON Schema (2020-12) of `portcullis.yaml`, for editors and for the words of errors. */
export function configJsonSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'portcullis.yaml',
    ...z.toJSONSchema(ConfigSchema, { io: 'input' }),
  };
}

/** What the schema says of one place: its keys and its description. */
export interface Place {
  readonly keys: readonly string[];
  readonly description: string | undefined;
}

/** Finds what the schema says of a path of keys and indices; nothing for a path that it does not know. */
export function placeAt(path: readonly (string | number)[]): Place {
  let nodes: readonly JsonObject[] = [configJsonSchema()];
  let description = wordsOf(nodes);
  for (const part of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => child(node, part));
    description = wordsOf(nodes);
  }
  const keys = nodes
    .flatMap(alternatives)
    .flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []));
  return { keys: [...new Set(keys)], description };
}

function wordsOf(nodes: readonly JsonObject[]): string | undefined {
  const found = nodes.map(({ description }) => description).find((description) => typeof description === 'string');
  return typeof found === 'string' ? found : undefined;
}

function alternatives(node: JsonObject): readonly JsonObject[] {
  const branches = [node['anyOf'], node['oneOf']].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  return [node, ...branches.filter(isObject)];
}

function child({ properties, items, additionalProperties }: JsonObject, part: string | number): readonly JsonObject[] {
  if (typeof part === 'number') return isObject(items) ? [items] : [];
  const own = isObject(properties) && Object.hasOwn(properties, part) ? properties[part] : additionalProperties;
  return isObject(own) ? [own] : [];
}
