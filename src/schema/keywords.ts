/** What the value of a keyword must look like. */
export type Shape =
  | 'schema'
  | 'schema-or-schemas'
  | 'schemas'
  | 'schema-map'
  | 'dependencies'
  | 'strings-map'
  | 'strings'
  | 'string'
  | 'number'
  | 'positive'
  | 'count'
  | 'boolean'
  | 'type'
  | 'array'
  | 'any';

/** The keywords that constrain a value, with the shape each needs; every other keyword is an annotation. */
export const KEYWORDS: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  // JSON Schema 2020-12 core, sections 8 and 10
  ['$schema', 'string'],
  ['$id', 'string'],
  ['$ref', 'string'],
  ['$anchor', 'string'],
  ['$dynamicRef', 'string'],
  ['$dynamicAnchor', 'string'],
  ['$defs', 'schema-map'],
  ['definitions', 'schema-map'],
  ['allOf', 'schemas'],
  ['anyOf', 'schemas'],
  ['oneOf', 'schemas'],
  ['not', 'schema'],
  ['if', 'schema'],
  ['then', 'schema'],
  ['else', 'schema'],
  ['dependentSchemas', 'schema-map'],
  ['prefixItems', 'schemas'],
  ['items', 'schema-or-schemas'],
  ['additionalItems', 'schema'],
  ['contains', 'schema'],
  ['properties', 'schema-map'],
  ['patternProperties', 'schema-map'],
  ['additionalProperties', 'schema'],
  ['propertyNames', 'schema'],
  ['unevaluatedItems', 'schema'],
  ['unevaluatedProperties', 'schema'],
  // JSON Schema 2020-12 validation, section 6
  ['type', 'type'],
  ['enum', 'array'],
  ['const', 'any'],
  ['multipleOf', 'positive'],
  ['maximum', 'number'],
  ['exclusiveMaximum', 'number'],
  ['minimum', 'number'],
  ['exclusiveMinimum', 'number'],
  ['maxLength', 'count'],
  ['minLength', 'count'],
  ['pattern', 'string'],
  ['format', 'string'],
  ['maxItems', 'count'],
  ['minItems', 'count'],
  ['uniqueItems', 'boolean'],
  ['maxContains', 'count'],
  ['minContains', 'count'],
  ['maxProperties', 'count'],
  ['minProperties', 'count'],
  ['required', 'strings'],
  ['dependentRequired', 'strings-map'],
  ['dependencies', 'dependencies'],
]);

/** The seven type names of JSON Schema. */
export const TYPES: ReadonlySet<string> = new Set([
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
]);
