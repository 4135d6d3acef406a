import type { Inspected } from './inspect.ts';
import { isObject, type JsonSchema, type Subschema } from './json-schema.ts';

/** The subschemas that together constrain one place of a value. */
export interface Position {
  /** Conjuncts with `$ref` and `allOf` followed; `true` is left out. */
  readonly all: readonly JsonSchema[];
  /** Whether a conjunct is `false`: nothing is accepted. */
  readonly never: boolean;
  /** Lists of which one schema (or more) must hold: `anyOf` and `oneOf`. */
  readonly groups: readonly (readonly unknown[])[];
  /** Schemas that may hold in addition: `then`, `else` and `dependentSchemas`. */
  readonly conditionals: readonly Subschema[];
}

const isSubschema = (value: unknown): value is Subschema => typeof value === 'boolean' || isObject(value);

/** Collects what constrains a place, following local references and `allOf`. */
export function positionOf(inspected: Inspected, nodes: readonly Subschema[]): Position {
  const all = new Set<JsonSchema>();
  const groups: (readonly unknown[])[] = [];
  const conditionals: Subschema[] = [];
  let never = false;
  const pending = [...nodes].reverse();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node === false) never = true;
    if (typeof node === 'boolean' || all.has(node)) continue;
    all.add(node);
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = node[keyword];
      if (typeof reference === 'string') pending.push(inspected.resolve(reference));
    }
    pending.push(...list(node['allOf']).filter(isSubschema));
    for (const keyword of ['anyOf', 'oneOf']) {
      if (Array.isArray(node[keyword])) groups.push(node[keyword]);
    }
    if (node['if'] !== undefined) {
      for (const branch of [node['then'], node['else']]) if (isSubschema(branch)) conditionals.push(branch);
    }
    if (isObject(node['dependentSchemas'])) {
      conditionals.push(...Object.values(node['dependentSchemas']).filter(isSubschema));
    }
  }
  return { all: [...all], never, groups, conditionals };
}

/** The declared properties of an object place, each with every declaration of it. */
export function propertiesOf(all: readonly JsonSchema[]): ReadonlyMap<string, readonly Subschema[]> {
  const found = new Map<string, Subschema[]>();
  for (const node of all) {
    const properties = node['properties'];
    if (!isObject(properties)) continue;
    for (const [name, value] of Object.entries(properties)) {
      if (!isSubschema(value)) continue;
      const known = found.get(name);
      if (known === undefined) found.set(name, [value]);
      else known.push(value);
    }
  }
  return found;
}

/** The types that a place allows; undefined when nothing limits them. */
export function typesOf(all: readonly JsonSchema[]): ReadonlySet<string> | undefined {
  let types: Set<string> | undefined;
  for (const node of all) {
    if (node['type'] === undefined) continue;
    const given = new Set([node['type']].flat().map(String));
    if (given.has('number')) given.add('integer');
    types = types === undefined ? given : types.intersection(given);
  }
  return types;
}

/** Whether the value is one of a fixed list. */
export function isFinite(all: readonly JsonSchema[]): boolean {
  return all.some((node) => 'const' in node || Array.isArray(node['enum']));
}

/** The values of a keyword over all conjuncts that are subschemas. */
export function subschemasOf(all: readonly JsonSchema[], keyword: string): readonly Subschema[] {
  return all.map((node) => node[keyword]).filter(isSubschema);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
