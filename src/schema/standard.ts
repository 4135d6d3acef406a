import { compile } from './compile.ts';
import { FORMATS } from './formats.ts';
import { freezeSchema } from './freeze.ts';
import { isObject, type JsonSchema } from './json-schema.ts';

/** What a Standard Schema says of a value (standardschema.dev, version 1). */
export type StandardResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One failure; `path` leads to the place. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The converter of Standard JSON Schema, version 1. */
export interface StandardJsonSchema {
  input(options: { readonly target: 'draft-2020-12' }): Record<string, unknown>;
  output(options: { readonly target: 'draft-2020-12' }): Record<string, unknown>;
}

/** A schema of any library that implements Standard Schema: it parses `I` and yields `O`. */
export interface StandardSchema<I = unknown, O = I> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<O> | Promise<StandardResult<O>>;
    readonly types?: { readonly input: I; readonly output: O } | undefined;
    readonly jsonSchema?: StandardJsonSchema;
  };
}

/** What a schema accepts. */
export type InferInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];

/** What a schema yields. */
export type InferOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];

const DEFAULT_DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const VENDOR = 'portcullis';
const raws = new WeakMap<object, JsonSchema>();

/**
 * The JSON Schema of one side of a schema, for a tool list. A schema made by `fromJsonSchema` comes back as it was
 * written; of a library's output only the `$schema` of the default dialect is dropped.
 * @throws TypeError when the library gives no JSON Schema, or cannot say this schema in JSON Schema.
 */
export function toJsonSchema(schema: StandardSchema, side: 'input' | 'output'): JsonSchema {
  const standard: unknown = isObject(schema) || typeof schema === 'function' ? schema['~standard'] : undefined;
  if (!isObject(standard)) {
    throw new TypeError('This is not a Standard Schema. Use zod, or jsonSchema({...}) for a plain JSON Schema.');
  }
  const raw = raws.get(standard);
  if (raw !== undefined) return raw;
  const { vendor, jsonSchema } = schema['~standard'];
  if (jsonSchema === undefined) {
    throw new TypeError(
      `The schema library "${vendor}" does not give JSON Schema (Standard JSON Schema v1). ` +
        'Use zod 4.2 or later, add the converter of that library, or write the schema with jsonSchema({...}).',
    );
  }
  let made: unknown;
  try {
    made = jsonSchema[side]({ target: 'draft-2020-12' });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no reason given';
    throw new TypeError(`The ${side} schema cannot be said in JSON Schema (${why}). Use types that JSON has.`, {
      cause: error,
    });
  }
  if (!isObject(made)) throw new TypeError(`The ${side} schema of "${vendor}" is not a JSON Schema object.`);
  return freezeSchema(normalise(made, vendor));
}

/**
 * Wraps a JSON Schema as a Standard Schema that yields what it is given. The JSON Schema is copied and published byte
 * for byte; `T` is the author's word for it.
 * @throws SchemaError when it is malformed, refers outside of itself or exceeds the budgets of `inspect`.
 */
export function fromJsonSchema<T>(raw: JsonSchema): StandardSchema<T, T> {
  const copy = freezeSchema(structuredClone(raw));
  const check = compile(copy);
  const standard = {
    version: 1,
    vendor: VENDOR,
    validate: (value: unknown): StandardResult<T> => {
      const issues = check(value);
      if (issues === undefined) return { value: value as T };
      return { issues: issues.map(({ path, message }) => ({ message, path: tokens(path) })) };
    },
    jsonSchema: { input: () => structuredClone(copy), output: () => structuredClone(copy) },
  } as const;
  raws.set(standard, copy);
  return Object.freeze({ '~standard': Object.freeze(standard) });
}

function tokens(pointer: string): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Drops what converters add and nobody needs on the wire. */
function normalise(made: JsonSchema, vendor: string): JsonSchema {
  const { $schema, ...rest } = made;
  const kept = $schema === undefined || $schema === DEFAULT_DIALECT ? rest : made;
  return vendor === 'zod' ? dropLookAround(kept) : kept;
}

/** zod writes look-ahead beside `hostname` and `duration`, which no linear engine runs; the format check says the same. */
function dropLookAround(node: JsonSchema): JsonSchema {
  const text = JSON.stringify(node);
  if (!/\(\?[=!]/.test(text)) return node;
  const copy: unknown = JSON.parse(text, (_key, value: unknown) => {
    if (!isObject(value) || typeof value['format'] !== 'string' || !FORMATS.has(value['format'])) return value;
    if (typeof value['pattern'] !== 'string' || !/\(\?[=!]/.test(value['pattern'])) return value;
    const { pattern: _pattern, ...rest } = value;
    return rest;
  });
  return isObject(copy) ? copy : node;
}
