import type { CedarValueJson, Type } from '@cedar-policy/cedar-wasm/nodejs';
import { isObject, type JsonObject } from '../protocol/json.ts';

/** What Cedar can say of a value of a JSON Schema. */
export type Shape =
  | { readonly kind: 'string' | 'long' | 'boolean' | 'decimal' }
  | { readonly kind: 'set'; readonly element: Shape }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Field> };

interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}

/** What is told of a schema that Cedar has no type for. */
export type Omit = (path: string, why: string) => void;

const DEEPEST = 12;

/** The shape of a schema; undefined, and told of, where Cedar has no type for it. */
export function shapeOf(
  schema: unknown,
  omit: Omit,
  path = 'args',
  root: unknown = schema,
  depth = 0,
): Shape | undefined {
  if (depth > DEEPEST) return omitted(omit, path, 'it is nested too deep, or without end');
  const plain = isObject(schema) ? withoutNull(resolve(schema, root)) : undefined;
  if (plain === undefined) return omitted(omit, path, 'a value of any kind');
  switch (typeOf(plain)) {
    case 'string':
      return { kind: 'string' };
    case 'integer':
      return { kind: 'long' };
    case 'number':
      return { kind: 'decimal' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'array': {
      const element = shapeOf(plain['items'], omit, `${path}[]`, root, depth + 1);
      return element === undefined ? undefined : { kind: 'set', element };
    }
    case 'object':
      return recordOf(plain, omit, path, root, depth);
    default:
      return omitted(omit, path, 'values of several kinds');
  }
}

function omitted(omit: Omit, path: string, why: string): undefined {
  omit(path, why);
  return undefined;
}

function recordOf(schema: JsonObject, omit: Omit, path: string, root: unknown, depth: number): Shape {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = new Map<string, Field>();
  if (isObject(schema['additionalProperties'])) omit(`${path}.*`, 'Cedar has no maps');
  for (const [name, property] of Object.entries(properties)) {
    if (name.startsWith('__')) {
      omit(`${path}.${name}`, 'Cedar keeps such names for itself');
      continue;
    }
    const shape = shapeOf(property, omit, `${path}.${name}`, root, depth + 1);
    if (shape !== undefined)
      fields.set(name, { shape, required: required.includes(name) && !allowsNull(property, root) });
  }
  return { kind: 'record', fields };
}

function resolve(schema: JsonObject, root: unknown): JsonObject {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema;
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) found = isObject(found) ? found[part] : undefined;
  return isObject(found) ? found : {};
}

function typeOf(schema: JsonObject): string | undefined {
  const { type } = schema;
  if (typeof type === 'string') return type;
  const values = 'const' in schema ? [schema['const']] : Array.isArray(schema['enum']) ? schema['enum'] : [];
  const kinds = new Set(values.map((value: unknown) => (Number.isInteger(value) ? 'integer' : typeof value)));
  const [kind] = kinds;
  if (kinds.size === 1) return kind;
  const choices = choicesOf(schema).map((choice) => (isObject(choice) ? typeOf(choice) : undefined));
  const [first] = choices;
  return first !== 'object' && first !== 'array' && choices.every((choice) => choice === first) ? first : undefined;
}

function choicesOf(schema: JsonObject): readonly unknown[] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(choices) ? choices : [];
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && (schema['type'] === 'null' || schema['const'] === null);
}

function allowsNull(schema: unknown, root: unknown): boolean {
  if (!isObject(schema)) return false;
  const plain = resolve(schema, root);
  return (Array.isArray(plain['type']) && plain['type'].includes('null')) || choicesOf(plain).some(isNull);
}

/** A value that is null is absent for Cedar. */
function withoutNull(schema: JsonObject): JsonObject | undefined {
  if (Array.isArray(schema['type'])) {
    const types: readonly unknown[] = schema['type'].filter((type: unknown) => type !== 'null');
    return types.length === 1 ? { ...schema, type: types[0] } : undefined;
  }
  const choices = choicesOf(schema);
  const rest = choices.filter((choice) => !isNull(choice));
  if (choices.length === rest.length) return schema;
  const [only] = rest;
  return rest.length === 1 && isObject(only) ? only : { ...schema, anyOf: rest };
}

/** The type of a shape in a Cedar schema. */
export function typeOfShape(shape: Shape): Type<string> {
  switch (shape.kind) {
    case 'string':
      return { type: 'String' };
    case 'long':
      return { type: 'Long' };
    case 'boolean':
      return { type: 'Boolean' };
    case 'decimal':
      return { type: 'Extension', name: 'decimal' };
    case 'set':
      return { type: 'Set', element: typeOfShape(shape.element) };
    case 'record':
      return {
        type: 'Record',
        attributes: Object.fromEntries(
          [...shape.fields].map(([name, { shape: inner, required }]) => [name, { ...typeOfShape(inner), required }]),
        ),
      };
  }
}

/** A value does not fit what the policies were told of it: nothing can be decided about it. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
}

/** Names that policies read; a value that none reads may be rounded. */
export type Mentions = ReadonlySet<string>;

/**
 * A value as Cedar takes it, built from its shape, so that no key of a caller's becomes an entity or an extension.
 * @param value As the author's schema made it; where that has another form, `sent` is taken.
 * @throws Unfit where a value has another form than the schema says.
 */
export function toCedar(shape: Shape, value: unknown, sent: unknown, mentions: Mentions, name = ''): CedarValueJson {
  switch (shape.kind) {
    case 'string':
      return pick(value, sent, name, (one) => (typeof one === 'string' ? one : undefined));
    case 'boolean':
      return pick(value, sent, name, (one) => (typeof one === 'boolean' ? one : undefined));
    case 'long':
      return pick(value, sent, name, (one) => (Number.isSafeInteger(one) ? Number(one) : undefined));
    case 'decimal':
      return pick(value, sent, name, (one) => (typeof one === 'number' ? decimal(one, mentions.has(name)) : undefined));
    case 'set': {
      const from: readonly unknown[] | undefined = Array.isArray(sent) ? sent : undefined;
      const items: readonly unknown[] | undefined = Array.isArray(value) ? value : from;
      if (items === undefined) throw new Unfit(`${name} is no list`);
      return items.map((item, at) => toCedar(shape.element, item, from?.[at], mentions, name));
    }
    case 'record':
      return recordToCedar(shape.fields, value, sent, mentions, name);
  }
}

function recordToCedar(
  fields: ReadonlyMap<string, Field>,
  value: unknown,
  sent: unknown,
  mentions: Mentions,
  name: string,
): CedarValueJson {
  const from = isObject(sent) ? sent : undefined;
  const object = isObject(value) ? value : from;
  if (object === undefined) throw new Unfit(`${name} is no object`);
  const record: Record<string, CedarValueJson> = {};
  for (const [key, { shape, required }] of fields) {
    const inner = own(object, key);
    const original = from === undefined ? undefined : own(from, key);
    if ((inner ?? undefined) === undefined && (original ?? undefined) === undefined) {
      if (required) throw new Unfit(`${key} is missing`);
      continue;
    }
    record[key] = toCedar(shape, inner, original, mentions, key);
  }
  return record;
}

function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined;
}

function pick<T>(value: unknown, sent: unknown, name: string, read: (one: unknown) => T | undefined): T {
  const found = read(value) ?? read(sent);
  if (found === undefined) throw new Unfit(`${name} has another type than its schema says`);
  return found;
}

const LARGEST_DECIMAL = 900_000_000_000_000;

/** Cedar's decimals have four places. A number that has more is rounded only where nobody looks at it. */
function decimal(value: number, isRead: boolean): CedarValueJson {
  const fits = Number.isFinite(value) && Math.abs(value) < LARGEST_DECIMAL;
  const text = fits ? value.toFixed(4) : '0.0000';
  if (isRead && (!fits || Number(text) !== value)) throw new Unfit('a number has more than four decimal places');
  return { __extn: { fn: 'decimal', arg: text } };
}
