import { BOUNDING_FORMATS } from './formats.ts';
import { isObject, type JsonSchema, type Subschema } from './json-schema.ts';
import { patternFacts } from './pattern.ts';

/** Whether strings at a place have a greatest length. */
export function isBoundedString(all: readonly JsonSchema[]): boolean {
  return all.some((node) => {
    const { maxLength, format, pattern } = node;
    return (
      typeof maxLength === 'number' ||
      (typeof format === 'string' && BOUNDING_FORMATS.has(format)) ||
      (typeof pattern === 'string' && patternFacts(pattern).maxLength < Infinity)
    );
  });
}

/** Whether lists at a place have a greatest length. */
export function isBoundedArray(all: readonly JsonSchema[]): boolean {
  return all.some((node) => {
    if (typeof node['maxItems'] === 'number') return true;
    // A tuple: 2020-12 closes it with items, draft-07 with additionalItems.
    if (Array.isArray(node['prefixItems']) && node['items'] === false) return true;
    return Array.isArray(node['items']) && node['additionalItems'] === false;
  });
}

/** The schemas of the items of a list place: those of a tuple apart from those of the rest. */
export function itemsOf(all: readonly JsonSchema[]): {
  readonly rest: readonly Subschema[];
  readonly tuple: readonly (readonly [index: number, schema: Subschema])[];
} {
  const rest: Subschema[] = [];
  const tuple: [number, Subschema][] = [];
  const take = (value: unknown, into: (schema: Subschema) => void): void => {
    if (typeof value === 'boolean' || isObject(value)) into(value);
  };
  for (const node of all) {
    for (const keyword of ['items', 'prefixItems']) {
      const value = node[keyword];
      if (!Array.isArray(value)) continue;
      for (const [index, item] of value.entries()) take(item, (schema) => tuple.push([index, schema]));
    }
    for (const keyword of ['items', 'additionalItems', 'unevaluatedItems']) take(node[keyword], (s) => rest.push(s));
  }
  return { rest, tuple };
}

/** How an object place treats names that it does not declare. */
export type Closure = 'closed' | 'record' | 'open';

/** Closed: none are accepted. Record: their values have a schema. Open: anything goes. */
export function closureOf(all: readonly JsonSchema[]): Closure {
  let record = false;
  let patterns = false;
  let closed = false;
  for (const node of all) {
    if (node['maxProperties'] === 0) return 'closed';
    if (isObject(node['patternProperties']) && Object.keys(node['patternProperties']).length > 0) patterns = true;
    for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
      const value = node[keyword];
      if (value === false) closed = true;
      else if (isObject(value) && Object.keys(value).length > 0) record = true;
    }
  }
  if (closed) return patterns ? 'record' : 'closed';
  return record ? 'record' : 'open';
}
