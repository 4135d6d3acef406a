import { isObject, SchemaError } from './json-schema.ts';
import { type Shape, TYPES } from './keywords.ts';

const isString = (value: unknown): boolean => typeof value === 'string';
const isStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isString) && new Set(value).size === value.length;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const TESTS: Readonly<Record<Shape, { readonly what: string; readonly ok: (value: unknown) => boolean }>> = {
  schema: { what: 'a schema', ok: (value) => isObject(value) || typeof value === 'boolean' },
  'schema-or-schemas': {
    what: 'a schema (a tuple is "prefixItems")',
    ok: (value) => isObject(value) || typeof value === 'boolean',
  },
  schemas: { what: 'a list of schemas that is not empty', ok: (value) => Array.isArray(value) && value.length > 0 },
  'schema-map': { what: 'an object of schemas', ok: isObject },
  dependencies: { what: 'an object of schemas or lists of names', ok: isObject },
  'strings-map': { what: 'an object of lists of names', ok: (v) => isObject(v) && Object.values(v).every(isStrings) },
  strings: { what: 'a list of distinct strings', ok: isStrings },
  string: { what: 'a string', ok: isString },
  number: { what: 'a number', ok: (value) => Number.isFinite(value) },
  positive: { what: 'a number above 0', ok: (value) => Number.isFinite(value) && Number(value) > 0 },
  count: { what: 'a whole number from 0', ok: isCount },
  boolean: { what: 'true or false', ok: (value) => typeof value === 'boolean' },
  type: {
    what: 'a type name or a list of them',
    ok: (value) =>
      (Array.isArray(value) ? value.length > 0 && isStrings(value) : true) &&
      [value].flat().every((name) => typeof name === 'string' && TYPES.has(name)),
  },
  array: { what: 'a list', ok: Array.isArray },
  any: { what: 'a value', ok: () => true },
};

/**
 * Checks the shape of one keyword's value.
 * @throws SchemaError that names the keyword.
 */
export function checkShape(shape: Shape, keyword: string, value: unknown, path: string, dialect: string): void {
  const tuple = shape === 'schema-or-schemas' && dialect === 'draft-07' && Array.isArray(value) && value.length > 0;
  if (tuple || TESTS[shape].ok(value)) return;
  throw new SchemaError(`${path}/${keyword}`, `"${keyword}" must be ${TESTS[shape].what}`, 'Mend its value.');
}
