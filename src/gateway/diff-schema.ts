import { canonicalJson } from '../protocol/canonical.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';

/** What a change of a schema does to the values that it takes. `text` is read by models and takes no part in that. */
export type SchemaEffect = 'wider' | 'narrower' | 'other' | 'default' | 'text';

/** One difference of two schemas. */
export interface SchemaChange {
  /** JSON pointer within the schema. */
  readonly path: string;
  readonly effect: SchemaEffect;
  /** In words. */
  readonly what: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Keywords that say something to readers alone. */
const TEXTS = new Set([
  'title',
  'description',
  'examples',
  'example',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
/** Bounds from above, of which a larger one takes more, and from below. */
const MOST = new Set(['maxLength', 'maxItems', 'maxProperties', 'maximum', 'exclusiveMaximum', 'maxContains']);
const LEAST = new Set(['minLength', 'minItems', 'minProperties', 'minimum', 'exclusiveMinimum', 'minContains']);
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const SCHEMAS = new Set([
  'items',
  'additionalItems',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'if',
  'then',
  'else',
]);
const CLOSURES = new Set(['additionalProperties', 'unevaluatedProperties']);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const DEEPEST = 64;

type Say = (path: string, effect: SchemaEffect, what: string, before: unknown, after: unknown) => void;

/**
 * How a schema differs from another, by meaning: which values it takes now and did not, or the other way round. INVARIANT: two
 * schemas that are not the same bytes have at least one difference; whatever is not understood is `other`.
 */
export function diffSchema(before: unknown, after: unknown): readonly SchemaChange[] {
  const changes: SchemaChange[] = [];
  compare(before, after, '', 0, (path, effect, what, old, now) =>
    changes.push({ path, effect, what, before: old, after: now }),
  );
  if (changes.length === 0 && !isSameJson(before, after))
    changes.push({ path: '', effect: 'other', what: 'is another', before, after });
  return changes;
}

/** Whether two JSON values are the same; what is absent is the same as nothing else. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function compare(before: unknown, after: unknown, path: string, depth: number, say: Say): void {
  if (isSameJson(before, after)) return;
  if (!isObject(before) || !isObject(after) || depth > DEEPEST) {
    say(path, openness(after) > openness(before) ? 'wider' : 'other', 'is another schema', before, after);
    return;
  }
  for (const keyword of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [own(before, keyword), own(after, keyword)];
    if (!isSameJson(old, now))
      compareKeyword(keyword, old, now, { before, after }, `${path}/${escaped(keyword)}`, depth, say);
  }
}

/** A schema takes everything when it is `true` or empty, and nothing when it is `false`. */
function openness(schema: unknown): number {
  if (schema === false) return 0;
  return schema === undefined || schema === true || (isObject(schema) && Object.keys(schema).length === 0) ? 2 : 1;
}

interface Whole {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

function compareKeyword(
  keyword: string,
  old: unknown,
  now: unknown,
  whole: Whole,
  path: string,
  depth: number,
  say: Say,
) {
  if (TEXTS.has(keyword)) say(path, 'text', `${keyword} changed`, old, now);
  else if (keyword === 'default') say(path, 'default', 'the default changed', old, now);
  else if (keyword === 'properties') compareProperties(old, now, whole, path, depth, say);
  else if (MAPS.has(keyword)) compareMap(old, now, path, depth, say);
  else if (keyword === 'required') compareRequired(old, now, whole, path, say);
  else if (keyword === 'type') compareSets(typesOf(old), typesOf(now), 'the type', path, say, old, now);
  else if (keyword === 'enum' || keyword === 'const')
    compareSets(valuesOf(keyword, old), valuesOf(keyword, now), 'the listed values', path, say, old, now);
  else if (MOST.has(keyword) || LEAST.has(keyword)) compareBound(keyword, old, now, path, say);
  else if (CLOSURES.has(keyword)) compareClosure(old, now, path, depth, say);
  else if (SCHEMAS.has(keyword)) compareSub(keyword, old, now, path, depth, say);
  else if (LISTS.has(keyword)) compareList(keyword, old, now, path, depth, say);
  else compareOther(keyword, old, now, path, say);
}

function compareProperties(
  old: unknown,
  now: unknown,
  { before, after }: Whole,
  path: string,
  depth: number,
  say: Say,
) {
  const [left, right] = [mapOf(old), mapOf(now)];
  const isClosed = before['additionalProperties'] === false;
  for (const [name, schema] of right) {
    const at = `${path}/${escaped(name)}`;
    const known = left.get(name);
    if (known !== undefined) compare(known, schema, at, depth + 1, say);
    else if (requiredOf(after).has(name))
      say(at, isClosed ? 'wider' : 'other', 'a required property is new', undefined, schema);
    else say(at, 'wider', 'a property is new', undefined, schema);
  }
  for (const [name, schema] of left)
    if (!right.has(name)) say(`${path}/${escaped(name)}`, 'narrower', 'a property is gone', schema, undefined);
}

function compareMap(old: unknown, now: unknown, path: string, depth: number, say: Say): void {
  const [left, right] = [mapOf(old), mapOf(now)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const at = `${path}/${escaped(name)}`;
    if (left.has(name) && right.has(name)) compare(left.get(name), right.get(name), at, depth + 1, say);
    else say(at, 'other', left.has(name) ? 'a part is gone' : 'a part is new', left.get(name), right.get(name));
  }
}

function compareRequired(old: unknown, now: unknown, { before, after }: Whole, path: string, say: Say): void {
  const [left, right] = [requiredOf(before), requiredOf(after)];
  const [dropped, added] = [[...left].filter((name) => !right.has(name)), [...right].filter((name) => !left.has(name))];
  if (dropped.length > 0) say(path, 'wider', `no longer required: ${dropped.join(', ')}`, old, now);
  if (added.length > 0) say(path, 'narrower', `required now: ${added.join(', ')}`, old, now);
  if (dropped.length + added.length === 0) say(path, 'other', 'required changed', old, now);
}

/** Absent, a set has no end. */
function compareSets(
  old: ReadonlySet<string> | undefined,
  now: ReadonlySet<string> | undefined,
  what: string,
  path: string,
  say: Say,
  before: unknown,
  after: unknown,
): void {
  const loses = old === undefined ? now !== undefined : now !== undefined && [...old].some((each) => !now.has(each));
  const gains = now === undefined ? old !== undefined : old !== undefined && [...now].some((each) => !old.has(each));
  if (gains === loses) say(path, 'other', `${what} changed`, before, after);
  else say(path, gains ? 'wider' : 'narrower', `${what} ${gains ? 'widened' : 'narrowed'}`, before, after);
}

function compareBound(keyword: string, old: unknown, now: unknown, path: string, say: Say): void {
  const [left, right] = [old, now].map((each) => {
    if (typeof each === 'number') return each;
    return MOST.has(keyword) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  });
  const isLooser = MOST.has(keyword) ? Number(right) > Number(left) : Number(right) < Number(left);
  say(path, isLooser ? 'wider' : 'narrower', `${keyword} ${isLooser ? 'loosened' : 'tightened'}`, old, now);
}

function compareClosure(old: unknown, now: unknown, path: string, depth: number, say: Say): void {
  if (isObject(old) && isObject(now)) compare(old, now, path, depth + 1, say);
  else if (leave(now) === leave(old)) say(path, 'other', 'says otherwise of undeclared properties', old, now);
  else if (leave(now) > leave(old)) say(path, 'wider', 'takes undeclared properties', old, now);
  else say(path, 'narrower', 'takes fewer undeclared properties', old, now);
}

/** Where a schema says nothing of undeclared properties, the gateway closes it, and opens it where it says yes. */
function leave(closure: unknown): number {
  return closure === undefined ? 1 : openness(closure);
}

function compareSub(keyword: string, old: unknown, now: unknown, path: string, depth: number, say: Say): void {
  if (isObject(old) && isObject(now)) return compare(old, now, path, depth + 1, say);
  if (['if', 'then', 'else', 'contains'].includes(keyword)) return say(path, 'other', `${keyword} changed`, old, now);
  const isWider = openness(now) > openness(old);
  say(path, isWider ? 'wider' : 'narrower', `${keyword} ${isWider ? 'takes more' : 'takes less'}`, old, now);
}

function compareList(keyword: string, old: unknown, now: unknown, path: string, depth: number, say: Say): void {
  const [left, right]: readonly (readonly unknown[])[] = [Array.isArray(old) ? old : [], Array.isArray(now) ? now : []];
  if (left === undefined || right === undefined) return;
  if (left.length === right.length) {
    left.forEach((each, index) => compare(each, right[index], `${path}/${index}`, depth + 1, say));
    return;
  }
  const texts = (list: readonly unknown[]): ReadonlySet<string> => new Set(list.map((each) => canonicalJson(each)));
  if (keyword === 'anyOf' && left.length > 0 && right.length > 0)
    return compareSets(texts(left), texts(right), 'the choice', path, say, old, now);
  if (keyword === 'allOf') {
    const [a, b] = [texts(left), texts(right)];
    if ([...a].every((each) => b.has(each))) return say(path, 'narrower', 'more has to hold', old, now);
    if ([...b].every((each) => a.has(each))) return say(path, 'wider', 'less has to hold', old, now);
  }
  say(path, 'other', `${keyword} changed`, old, now);
}

function compareOther(keyword: string, old: unknown, now: unknown, path: string, say: Say): void {
  const isRule = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'not', 'dependentRequired'].includes(keyword);
  if (isRule && now === undefined) say(path, 'wider', `${keyword} is gone`, old, now);
  else if (isRule && old === undefined) say(path, 'narrower', `${keyword} is new`, old, now);
  else say(path, 'other', `${keyword} changed`, old, now);
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function mapOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(isObject(value) ? Object.entries(value) : []);
}

function requiredOf({ required }: JsonObject): ReadonlySet<string> {
  return new Set(Array.isArray(required) ? required.map(String) : []);
}

function typesOf(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  const types = new Set((Array.isArray(value) ? value : [value]).map(String));
  // Every integer is a number.
  return types.has('number') ? types.add('integer') : types;
}

function valuesOf(keyword: string, value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  return new Set((keyword === 'enum' && Array.isArray(value) ? value : [value]).map((each) => canonicalJson(each)));
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
