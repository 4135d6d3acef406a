import type { JsonSchema } from './json-schema.ts';

const settled = new WeakSet<object>();

/** Freezes a schema with all of its parts, so that what was found of it can be remembered. */
export function freezeSchema(schema: JsonSchema): JsonSchema {
  deepFreeze(schema);
  settled.add(schema);
  return schema;
}

/** Remembers `make` per schema that `freezeSchema` froze; any other schema may change and is looked at anew. */
export function remember<T>(memory: WeakMap<object, T>, schema: JsonSchema, make: () => T): T {
  const known = memory.get(schema);
  if (known !== undefined) return known;
  const made = make();
  if (settled.has(schema)) memory.set(schema, made);
  return made;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
}
