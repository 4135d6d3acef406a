import { FORMATS, SILENT_FORMATS } from './formats.ts';
import { remember } from './freeze.ts';
import { isObject, type JsonSchema, SchemaError, type Subschema } from './json-schema.ts';
import { KEYWORDS } from './keywords.ts';
import { compilePattern } from './pattern.ts';
import { checkShape } from './shape.ts';

/** The dialects that are understood. */
export type Dialect = '2020-12' | 'draft-07';

/** What is done with a `format` that no check exists for: `refuse` throws, `ignore` treats it as an annotation. */
export interface InspectOptions {
  readonly unknownFormats?: 'refuse' | 'ignore';
}

/** A schema that passed `inspect`. */
export interface Inspected {
  readonly root: JsonSchema;
  readonly dialect: Dialect;
  /** Every subschema by its JSON pointer; the root is at the empty pointer. */
  readonly nodes: ReadonlyMap<string, Subschema>;
  /** Whether any `$ref` or `$dynamicRef` occurs. */
  readonly references: boolean;
  /** Whether a property carries a name that plain objects inherit, such as `constructor`. */
  readonly inheritedNames: boolean;
  /** The subschema that a local reference points to. */
  resolve(reference: string): Subschema;
}

const MAX_DEPTH = 32;
const MAX_NODES = 2000;
const MAX_BYTES = 256 * 1024;
const DIALECTS: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
  ['http://json-schema.org/draft-07/schema', 'draft-07'],
  ['https://json-schema.org/draft-07/schema', 'draft-07'],
]);

interface Walk {
  readonly dialect: Dialect;
  readonly unknownFormats: 'refuse' | 'ignore';
  readonly nodes: Map<string, Subschema>;
  readonly anchors: Map<string, string>;
  readonly references: { readonly path: string; readonly reference: string }[];
  inheritedNames: boolean;
}

/**
 * Checks that a schema is well formed, self-contained and within the budgets: depth 32, 2,000 subschemas, 256 KiB.
 * Nothing is fetched: a reference must begin with `#` (MCP 2026-07-28 basic/index#ref-resolution).
 * @throws SchemaError, a TypeError that names the place and the mend.
 */
export function inspect(schema: JsonSchema, options?: InspectOptions): Inspected {
  const unknownFormats = options?.unknownFormats ?? 'refuse';
  return remember(memories[unknownFormats], schema, () => inspectAnew(schema, unknownFormats));
}

const memories = {
  refuse: new WeakMap<object, Inspected>(),
  ignore: new WeakMap<object, Inspected>(),
} as const;

function inspectAnew(schema: JsonSchema, unknownFormats: 'refuse' | 'ignore'): Inspected {
  if (!isObject(schema)) throw new SchemaError('', 'A schema must be an object', 'Give a JSON Schema object.');
  checkSize(schema);
  const walk: Walk = {
    dialect: dialectOf(schema),
    unknownFormats,
    nodes: new Map(),
    anchors: new Map(),
    references: [],
    inheritedNames: false,
  };
  visit(walk, schema, '', 1);
  const resolve = (reference: string): Subschema => {
    const found = lookUp(walk, reference);
    if (found === undefined) {
      throw new SchemaError('', `"$ref" ${short(reference)} points to nothing`, 'Define it under $defs.');
    }
    return found;
  };
  for (const { path, reference } of walk.references) {
    if (!reference.startsWith('#')) {
      throw new SchemaError(
        path,
        `"$ref" ${short(reference)} points outside of the schema`,
        'References are never fetched: copy the definition under $defs and refer to it with "#/$defs/...".',
      );
    }
    if (lookUp(walk, reference) === undefined) {
      throw new SchemaError(path, `"$ref" ${short(reference)} points to nothing`, 'Define it under $defs.');
    }
  }
  return Object.freeze({
    root: schema,
    dialect: walk.dialect,
    nodes: walk.nodes,
    references: walk.references.length > 0,
    inheritedNames: walk.inheritedNames,
    resolve,
  });
}

/** Quotes a part of a schema for a message: at most 80 characters, printable ASCII. */
export function short(text: string): string {
  return JSON.stringify(text.slice(0, 80)).replaceAll(/[^\x20-\x7e]/g, '?');
}

function checkSize(schema: JsonSchema): void {
  const mend = 'Make it smaller.';
  let text: string;
  try {
    text = JSON.stringify(schema);
  } catch {
    throw new SchemaError('', 'A schema must be JSON', 'Remove cycles and values that JSON cannot hold.');
  }
  if (Buffer.byteLength(text) > MAX_BYTES) throw new SchemaError('', `A schema may have ${MAX_BYTES} bytes`, mend);
}

function dialectOf(schema: JsonSchema): Dialect {
  const uri = schema['$schema'];
  if (uri === undefined) return '2020-12';
  const dialect = typeof uri === 'string' ? DIALECTS.get(uri.replace(/#$/, '')) : undefined;
  if (dialect !== undefined) return dialect;
  throw new SchemaError(
    '/$schema',
    'The schema dialect is not supported',
    'Use https://json-schema.org/draft/2020-12/schema (the default) or http://json-schema.org/draft-07/schema#.',
  );
}

function visit(walk: Walk, node: unknown, path: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new SchemaError(path, `A schema may be ${MAX_DEPTH} deep`, 'Flatten it.');
  if (walk.nodes.size >= MAX_NODES) {
    throw new SchemaError(path, `A schema may have ${MAX_NODES} subschemas`, 'Split or simplify it.');
  }
  if (typeof node === 'boolean') {
    walk.nodes.set(path, node);
    return;
  }
  if (!isObject(node)) throw new SchemaError(path, 'A subschema must be an object or a boolean', 'Mend its value.');
  walk.nodes.set(path, node);
  checkIdentity(walk, node, path);
  for (const [keyword, value] of Object.entries(node)) {
    const shape = KEYWORDS.get(keyword);
    if (shape === undefined) continue;
    checkShape(shape, keyword, value, path, walk.dialect);
    checkStrings(walk, keyword, value, node, path);
    const at = `${path}/${keyword}`;
    if (shape === 'schema' || (shape === 'schema-or-schemas' && !Array.isArray(value))) {
      visit(walk, value, at, depth + 1);
    } else if (Array.isArray(value) && (shape === 'schemas' || shape === 'schema-or-schemas')) {
      for (const [index, item] of value.entries()) visit(walk, item, `${at}/${index}`, depth + 1);
    } else if (isObject(value) && (shape === 'schema-map' || shape === 'dependencies')) {
      for (const [name, item] of Object.entries(value)) {
        if (name in Object.prototype) walk.inheritedNames = true;
        if (!Array.isArray(item)) visit(walk, item, `${at}/${escapePointer(name)}`, depth + 1);
      }
    }
  }
}

function checkIdentity(walk: Walk, node: JsonSchema, path: string): void {
  if (path !== '' && (node['$id'] !== undefined || node['$schema'] !== undefined)) {
    throw new SchemaError(path, 'Only the root may carry $id or $schema', 'Remove it and refer with "#/$defs/...".');
  }
  if ('$recursiveRef' in node) throw new SchemaError(path, '$recursiveRef is not supported', 'Use $ref.');
  for (const keyword of ['$anchor', '$dynamicAnchor']) {
    const anchor = node[keyword];
    if (typeof anchor === 'string') walk.anchors.set(anchor, path);
  }
  for (const keyword of ['$ref', '$dynamicRef']) {
    const reference = node[keyword];
    if (typeof reference === 'string') walk.references.push({ path, reference });
  }
  const required = node['required'];
  if (Array.isArray(required) && required.some((name) => String(name) in Object.prototype)) walk.inheritedNames = true;
}

function checkStrings(walk: Walk, keyword: string, value: unknown, node: JsonSchema, path: string): void {
  if (keyword === 'pattern' && typeof value === 'string') checkPattern(value, `${path}/pattern`);
  if (keyword === 'patternProperties' && isObject(value)) {
    for (const pattern of Object.keys(value)) checkPattern(pattern, `${path}/patternProperties`);
  }
  if (keyword !== 'format' || typeof value !== 'string' || walk.unknownFormats === 'ignore') return;
  // A pattern beside an unknown format does the checking (zod writes one beside each of its own formats).
  if (FORMATS.has(value) || SILENT_FORMATS.has(value) || node['pattern'] !== undefined) return;
  throw new SchemaError(
    `${path}/format`,
    `The format ${short(value)} is not known`,
    `Use one of ${[...FORMATS.keys()].join(', ')}, or a pattern.`,
  );
}

function checkPattern(pattern: string, path: string): void {
  try {
    compilePattern(pattern);
  } catch {
    throw new SchemaError(
      path,
      `The pattern ${short(pattern)} cannot run in linear time`,
      'Use a regular expression without look-around, back-references and repeats above 1000.',
    );
  }
}

function lookUp(walk: Walk, reference: string): Subschema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let fragment: string;
  try {
    fragment = decodeURIComponent(reference.slice(1));
  } catch {
    return undefined;
  }
  const pointer = fragment === '' || fragment.startsWith('/') ? fragment : walk.anchors.get(fragment);
  return pointer === undefined ? undefined : walk.nodes.get(pointer);
}

/** Escapes one reference token of a JSON pointer (RFC 6901 section 3). */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
