import { isBoundedArray, isBoundedString } from '../schema/bounds.ts';
import { FORMATS } from '../schema/formats.ts';
import { inspect } from '../schema/inspect.ts';
import { isObject, SchemaError, type JsonSchema } from '../schema/json-schema.ts';
import { KEYWORDS } from '../schema/keywords.ts';
import { lintSchema, type SchemaUse } from '../schema/lint.ts';
import { compilePattern } from '../schema/pattern.ts';

/** A schema that is closed and bounded, or why an upstream's cannot be made so. */
export type Confined = { readonly schema: JsonSchema } | { readonly problem: string };

/** UTF-16 units of a string, items of a list and members of a map for which an upstream says nothing. */
const MOST_UNITS = 100_000;
const MOST_ITEMS = 1_000;
const MOST_MEMBERS = 200;
const NAMES: JsonSchema = { type: 'string', maxLength: 256 };
/** How deep a value may be of which an upstream says nothing at all. */
const ANY_DEPTH = 4;

const KINDS = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/**
 * Closes and bounds a schema that somebody else wrote, so that nothing undeclared and nothing endless gets through: what
 * it says of a value holds on, and what it leaves open is closed (objects), bounded (strings, lists, maps) or made plain JSON
 * of a bounded depth. Patterns that cannot be run in linear time are left to the upstream, which checks them itself.
 */
export function confineSchema(schema: unknown, what: SchemaUse = 'input'): Confined {
  if (!isObject(schema)) return { problem: 'it is no object' };
  try {
    const { $schema: _dialect, ...root } = schema;
    refuseOwn(root);
    const confined = withOwn(withoutUnused(confine(root, false)));
    inspect(confined);
    const [first] = lintSchema(confined, { what, where: what });
    return first === undefined ? { schema: confined } : { problem: first.message };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { problem: error.message };
  }
}

function isLinear(pattern: string): boolean {
  try {
    compilePattern(pattern);
    return true;
  } catch {
    return false;
  }
}

function mapValue(shape: string | undefined, value: unknown, one: (node: JsonSchema) => unknown): unknown {
  // `true` is the empty schema.
  const each = (item: unknown): unknown => (isObject(item) ? one(item) : item === true ? one({}) : item);
  if (shape === 'schema' || shape === 'schemas' || shape === 'schema-or-schemas') {
    return Array.isArray(value) ? value.map(each) : each(value);
  }
  if ((shape === 'schema-map' || shape === 'dependencies') && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]): [string, unknown] => [name, each(item)]));
  }
  return value;
}

/** A tuple of draft-07 as one of 2020-12. */
function withTuple(node: JsonSchema): JsonSchema {
  const { items, additionalItems, ...rest } = node;
  if (!Array.isArray(items)) return node;
  return { ...rest, prefixItems: items, ...(additionalItems === undefined ? {} : { items: additionalItems }) };
}

/** Subschemas that say something of a value which another schema closes. */
const BESIDE = new Set(['allOf', 'not', 'if', 'then', 'else', 'dependentSchemas', 'contains', 'propertyNames']);

/** Confines a schema; one that stands beside another (`allOf`) is bounded and not closed, because that one closes it. */
function confine(node: JsonSchema, isBeside: boolean): JsonSchema {
  const inner = Object.fromEntries(
    Object.entries(withTuple(node)).map(([keyword, value]): [string, unknown] => {
      if (keyword === 'pattern' && typeof value === 'string' && !isLinear(value)) return [keyword, undefined];
      // An unknown format says something to people and nothing to a validator.
      if (keyword === 'format' && !(typeof value === 'string' && FORMATS.has(value))) return [keyword, undefined];
      if (keyword === 'not') return [keyword, value];
      const beside = BESIDE.has(keyword) || (isBeside && (keyword === 'anyOf' || keyword === 'oneOf'));
      return [keyword, mapValue(KEYWORDS.get(keyword), value, (item) => confine(item, beside))];
    }),
  );
  const plain: JsonSchema = Object.fromEntries(Object.entries(inner).filter(([, value]) => value !== undefined));
  if (isFixed(plain)) return plain;
  const composed = ['allOf', 'anyOf', 'oneOf', '$ref', '$dynamicRef'].some((keyword) => keyword in plain);
  const types = typesOf(plain);
  if (types.length === 0 && composed) return isBeside ? plain : closeComposed(plain);
  if (types.length === 0) return isBeside ? plain : { ...plain, ...anything(ANY_DEPTH) };
  return bound(plain, types, isBeside, composed);
}

function isFixed(node: JsonSchema): boolean {
  return 'const' in node || Array.isArray(node['enum']);
}

/** The types that a schema names, or those of which it says something. */
function typesOf(node: JsonSchema): readonly string[] {
  const { type } = node;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type))
    return type.filter((kind): kind is string => typeof kind === 'string' && KINDS.includes(kind));
  if (isObject(node['properties']) || isObject(node['additionalProperties'])) return ['object'];
  if ('items' in node || 'prefixItems' in node) return ['array'];
  return [];
}

/** What several schemas say together is closed where they meet. */
function closeComposed(node: JsonSchema): JsonSchema {
  return 'allOf' in node ? { ...node, unevaluatedProperties: false } : node;
}

function bound(node: JsonSchema, types: readonly string[], isBeside: boolean, composed: boolean): JsonSchema {
  const more: Record<string, unknown> = {};
  // What it says of objects or of lists alone would let any other value through.
  if (!('type' in node) && !isBeside) more['type'] = types[0];
  if (types.includes('string') && !isBoundedString([node])) more['maxLength'] = MOST_UNITS;
  if (types.includes('array')) {
    if (!isBoundedArray([node])) more['maxItems'] = MOST_ITEMS;
    if (!('items' in node)) more['items'] = anything(ANY_DEPTH - 1);
  }
  if (types.includes('object') && !isBeside) Object.assign(more, closure(node, composed));
  return { ...node, ...more };
}

function closure(node: JsonSchema, composed: boolean): JsonSchema {
  const { additionalProperties: rest, patternProperties, properties, maxProperties } = node;
  const most = {
    ...(maxProperties === undefined ? { maxProperties: MOST_MEMBERS } : {}),
    ...('propertyNames' in node ? {} : { propertyNames: NAMES }),
  };
  if (isObject(rest)) {
    const isOpen = Object.keys(rest).length === 0;
    return isOpen ? { ...most, additionalProperties: anything(ANY_DEPTH - 1) } : most;
  }
  if (rest === false) return patternProperties === undefined ? {} : most;
  const declares = isObject(properties) && Object.keys(properties).length > 0;
  if (composed) return { unevaluatedProperties: false };
  if (declares && rest === undefined) return { additionalProperties: false };
  // It says itself that it takes any member, or names none: a map of plain JSON.
  return rest === true || (!declares && node['type'] === 'object' && !('properties' in node))
    ? { ...most, additionalProperties: anything(ANY_DEPTH - 1) }
    : { additionalProperties: false };
}

/** Plain JSON of a bounded depth and size: by name, so that a schema with many open places stays as small as it was. */
function anything(depth: number): JsonSchema {
  return { $ref: `#/$defs/${OWN}${depth}` };
}

const OWN = 'portcullis-json-';

function plainJson(depth: number): JsonSchema {
  const plain = [{ type: 'string', maxLength: MOST_UNITS }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }];
  if (depth <= 1) return { anyOf: plain };
  const inner = anything(depth - 1);
  return {
    anyOf: [
      ...plain,
      { type: 'array', maxItems: MOST_ITEMS, items: inner },
      { type: 'object', maxProperties: MOST_MEMBERS, propertyNames: NAMES, additionalProperties: inner },
    ],
  };
}

/** With the definitions of plain JSON that it refers to. */
function withOwn(root: JsonSchema): JsonSchema {
  const depths = [...referencesOf(root)].flatMap((name) =>
    name.startsWith(OWN) ? [Number(name.slice(OWN.length))] : [],
  );
  if (depths.length === 0) return root;
  const own = Array.from({ length: Math.max(...depths) }, (_, n) => [`${OWN}${n + 1}`, plainJson(n + 1)] as const);
  return { ...root, $defs: { ...(isObject(root['$defs']) ? root['$defs'] : {}), ...Object.fromEntries(own) } };
}

/** @throws SchemaError when an upstream goes by the names of our own definitions. */
function refuseOwn(root: JsonSchema): void {
  const defined = isObject(root['$defs']) ? Object.keys(root['$defs']) : [];
  if ([...defined, ...referencesOf(root)].some((name) => name.startsWith(OWN)))
    throw new SchemaError('/$defs', `a name begins with ${OWN}`, 'Such names are for the gateway.');
}

/** Without definitions that nothing refers to: some servers repeat those of all their tools in each. */
function withoutUnused(root: JsonSchema): JsonSchema {
  const { $defs: defs, ...rest } = root;
  // What has an anchor may be referred to by that.
  if (!isObject(defs) || /"\$(?:anchor|dynamicAnchor)"/.test(JSON.stringify(defs))) return root;
  const used = new Set<string>();
  const left = [...referencesOf(rest)];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (used.has(name) || !Object.hasOwn(defs, name)) continue;
    used.add(name);
    left.push(...referencesOf(defs[name]));
  }
  const kept = Object.entries(defs).filter(([name]) => used.has(name));
  return kept.length === 0 ? rest : { ...rest, $defs: Object.fromEntries(kept) };
}

/** Names under `$defs` that a schema refers to, or to something within. */
function referencesOf(value: unknown, into: Set<string> = new Set()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const item of value) referencesOf(item, into);
  if (!isObject(value)) return into;
  for (const [key, member] of Object.entries(value)) {
    const [, name] = (typeof member === 'string' && key.endsWith('ef') && /^#\/\$defs\/([^/]+)/.exec(member)) || [];
    if (name !== undefined) into.add(nameOf(name));
    referencesOf(member, into);
  }
  return into;
}

/** A piece of a JSON Pointer in a fragment (RFC 6901 sections 3 and 6). */
function nameOf(piece: string): string {
  try {
    return decodeURIComponent(piece).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return piece;
  }
}
