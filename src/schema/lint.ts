import { closureOf, isBoundedArray, isBoundedString, itemsOf } from './bounds.ts';
import { elicitationProblems } from './elicitation.ts';
import { type Inspected, inspect } from './inspect.ts';
import { isObject, type JsonSchema, type Problem, SchemaError, type Subschema } from './json-schema.ts';
import { isFinite, type Position, positionOf, propertiesOf, subschemasOf, typesOf } from './position.ts';

/** What a schema is for: outputs may hold strings of any length, because the size of a result is capped. */
export type SchemaUse = 'input' | 'output' | 'elicitation';

interface Lint {
  readonly inspected: Inspected;
  readonly use: SchemaUse;
  readonly where: string;
  readonly problems: Map<string, Problem>;
  readonly seen: Set<string>;
  readonly ids: Map<object, number>;
}

const MAX_POSITIONS = 5000;

/**
 * Finds what is open or unbounded in a schema (VAL-01, VAL-02): objects must be closed, lists and records need a
 * greatest size, input strings a greatest length, and nothing may accept just any value. Never throws for a schema.
 * @param options `where` begins each message, like `tool search_notes, input`.
 */
export function lintSchema(
  schema: JsonSchema,
  options: { readonly what: SchemaUse; readonly where: string },
): readonly Problem[] {
  const { what: use, where } = options;
  let inspected: Inspected;
  try {
    inspected = inspect(schema);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return [{ id: 'schema-invalid', path: error.path, message: `${where}: ${error.summary}`, mend: error.mend }];
  }
  const lint: Lint = { inspected, use, where, problems: new Map(), seen: new Set(), ids: new Map() };
  if (use !== 'output' && schema['type'] !== 'object') {
    report(lint, 'root-not-object', '', 'the root is not of type object', 'Use z.strictObject({...}) (type: "object")');
    return [...lint.problems.values()];
  }
  if (use === 'elicitation') {
    for (const { id, path, message, mend } of elicitationProblems(schema)) report(lint, id, path, message, mend);
  }
  visit(lint, [schema], '', new Set());
  return [...lint.problems.values()];
}

function report(lint: Lint, id: string, path: string, message: string, mend: string): void {
  const key = `${id} ${path}`;
  if (lint.problems.has(key) || lint.problems.size >= 100) return;
  const at = path === '' ? '' : `${path}: `;
  lint.problems.set(key, { id, path, message: `${lint.where}: ${at}${message}`, mend: `${mend}.` });
}

function key(lint: Lint, parts: readonly object[]): string {
  const numbers = parts.map((node) => {
    const known = lint.ids.get(node) ?? lint.ids.size;
    lint.ids.set(node, known);
    return known;
  });
  return numbers.sort((a, b) => a - b).join(' ');
}

/** Checks one place: the conjunction of `nodes`, the alternatives in `done` having been chosen already. */
function visit(lint: Lint, nodes: readonly Subschema[], path: string, done: ReadonlySet<object>): void {
  const position = positionOf(lint.inspected, nodes);
  if (position.never || isFinite(position.all)) return;
  const seen = key(lint, [...position.all, ...done]);
  if (lint.seen.has(seen)) return;
  lint.seen.add(seen);
  if (lint.seen.size > MAX_POSITIONS) {
    report(lint, 'schema-complex', '', 'too many alternatives to check', 'Simplify anyOf, oneOf and if');
    return;
  }
  for (const branch of position.conditionals) {
    if (branch !== true && branch !== false && !done.has(branch))
      visit(lint, [...position.all, branch], path, new Set([...done, branch]));
  }
  const group = position.groups.find((candidate) => !done.has(candidate));
  if (group === undefined) {
    checkPlace(lint, position, path);
    return;
  }
  for (const branch of group) {
    if (typeof branch === 'boolean' || isObject(branch)) {
      visit(lint, [...position.all, branch], path, new Set([...done, group]));
    }
  }
}

function checkPlace(lint: Lint, { all }: Position, path: string): void {
  const types = typesOf(all);
  if (types === undefined) {
    const mend = 'Give it a type: z.string().max(n) instead of z.any() or z.unknown() ("type")';
    report(lint, 'open-value', path, 'accepts any value', mend);
    return;
  }
  if (types.has('string') && lint.use !== 'output' && !isBoundedString(all)) {
    report(lint, 'unbounded-string', path, 'an unbounded string', 'Add .max(n) (maxLength), or use z.enum (enum)');
  }
  if (types.has('array')) checkArray(lint, all, path);
  if (types.has('object')) checkObject(lint, all, path);
}

function checkArray(lint: Lint, all: readonly JsonSchema[], path: string): void {
  if (!isBoundedArray(all)) report(lint, 'unbounded-array', path, 'an unbounded list', 'Add .max(n) (maxItems)');
  const { rest, tuple } = itemsOf(all);
  const closed = rest.includes(false);
  if (!closed && (rest.length > 0 || tuple.length === 0)) visitChild(lint, rest, `${path}[]`);
  for (const [index, schema] of tuple) visitChild(lint, [schema], `${path}[${index}]`);
}

function checkObject(lint: Lint, all: readonly JsonSchema[], path: string): void {
  const closure = closureOf(all);
  if (closure === 'open') {
    const mend = 'Use z.strictObject instead of z.object or z.looseObject (additionalProperties: false)';
    report(lint, 'open-object', path, 'an open object: it accepts names that it does not declare', mend);
  }
  if (closure === 'record') checkRecord(lint, all, path);
  const prefix = path === '' ? '' : `${path}.`;
  for (const [name, schemas] of propertiesOf(all)) visitChild(lint, schemas, `${prefix}${name}`);
}

function checkRecord(lint: Lint, all: readonly JsonSchema[], path: string): void {
  const names = positionOf(lint.inspected, subschemasOf(all, 'propertyNames')).all;
  const listed = isFinite(names);
  if (!listed && !all.some((node) => typeof node['maxProperties'] === 'number')) {
    const mend = 'Use z.enum names, or add .meta({ maxProperties: n }) (maxProperties)';
    report(lint, 'unbounded-record', path, 'a record with any number of entries', mend);
  }
  const patterned = all.some((node) => isObject(node['patternProperties']));
  if (lint.use !== 'output' && !listed && !patterned && !isBoundedString(names)) {
    const mend = 'Use z.record(z.string().max(n), ...) (propertyNames.maxLength)';
    report(lint, 'unbounded-names', path, 'a record with names of any length', mend);
  }
  const values = [...subschemasOf(all, 'additionalProperties'), ...subschemasOf(all, 'unevaluatedProperties')];
  const open = values.filter((value) => value !== false);
  const at = path === '' ? '*' : `${path}.*`;
  if (open.length > 0) visitChild(lint, open, at);
  for (const node of all) {
    const patterns = node['patternProperties'];
    if (!isObject(patterns)) continue;
    for (const value of Object.values(patterns)) if (isObject(value) || value === true) visitChild(lint, [value], at);
  }
}

function visitChild(lint: Lint, schemas: readonly Subschema[], path: string): void {
  if (schemas.every((schema) => schema === true)) {
    visitOpen(lint, path);
    return;
  }
  visit(lint, schemas, path, new Set());
}

function visitOpen(lint: Lint, path: string): void {
  report(lint, 'open-value', path, 'accepts any value', 'Give it a schema: z.string().max(n), z.int() ("type")');
}
