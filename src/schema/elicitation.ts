import { isObject, type JsonSchema, type Problem } from './json-schema.ts';

const FORMATS = new Set(['email', 'uri', 'date', 'date-time']);
const PRIMITIVES = new Set(['string', 'number', 'integer', 'boolean']);

/**
 * What of an elicitation form a client cannot show: it may hold single values and lists of choices, nothing nested
 * (MCP 2026-07-28 schema, PrimitiveSchemaDefinition). Messages lack the place; the caller adds it.
 */
export function elicitationProblems(schema: JsonSchema): readonly Problem[] {
  const problems: Problem[] = [];
  const properties = schema['properties'];
  if (!isObject(properties)) {
    return [{ id: 'form-empty', path: '', message: 'a form without fields', mend: 'Declare its fields (properties)' }];
  }
  for (const [path, field] of Object.entries(properties)) {
    const format = isObject(field) ? field['format'] : undefined;
    if (!isObject(field) || !isFormField(field)) {
      problems.push({
        id: 'form-nested',
        path,
        message: 'a form holds strings, numbers, booleans and lists of choices only',
        mend: 'Flatten it: z.string(), z.number(), z.boolean(), z.enum or z.array(z.enum)',
      });
    } else if (format !== undefined && (typeof format !== 'string' || !FORMATS.has(format))) {
      problems.push({
        id: 'form-format',
        path,
        message: 'a form knows the formats email, uri, date and date-time only',
        mend: 'Use one of them, or a length (maxLength)',
      });
    }
  }
  return problems;
}

function isFormField(field: JsonSchema): boolean {
  if (typeof field['type'] === 'string' && PRIMITIVES.has(field['type'])) return !('$ref' in field);
  const items = field['items'];
  if (field['type'] !== 'array' || !isObject(items)) return false;
  return Array.isArray(items['enum']) || Array.isArray(items['anyOf']) || Array.isArray(items['oneOf']);
}
