import { isObject, type JsonObject } from '../../../protocol/json.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { AuditRule } from '../../model.ts';
import { toolSurfaceRule, type ListedTools } from '../../probes/surface-rule.ts';

const DEEPEST = 12;
const MOST = 500;
const NESTED = ['items', 'additionalProperties', 'contains', 'not', 'if', 'then', 'else'] as const;
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const;

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ListedTools> = toolSurfaceRule(
  {
    id: 'unbounded-input-schema',
    title: 'Texts and lists that tools take have a longest length',
    failure: 'Tools take texts or lists of any length',
    severity: 'low',
    confidence: 'medium',
    controls: ['VAL-03'],
    method: 'probe',
    remedy: 'Give each string a maxLength and each array a maxItems that suits what the tool does.',
    references: ['JSON Schema 2020-12 validation sections 6.3 and 6.4', 'OWASP MCP minimum bar, section 4'],
  },
  ({ inputSchema }) => {
    if (!isObject(inputSchema)) return [];
    const open = unboundedIn(inputSchema);
    const [text] = open.filter(({ type }) => type === 'string');
    const [list] = open.filter(({ type }) => type === 'array');
    return [
      ...(text === undefined ? [] : [{ kind: 'texts of any length', what: text.path }]),
      ...(list === undefined ? [] : [{ kind: 'lists of any length', what: list.path }]),
    ];
  },
);

interface Open {
  readonly type: 'string' | 'array';
  readonly path: string;
}

function unboundedIn(root: JsonObject): readonly Open[] {
  const found: Open[] = [];
  let left = MOST;
  const visit = (schema: unknown, path: string, depth: number): void => {
    if (!isObject(schema) || depth > DEEPEST || --left < 0) return;
    const types = [schema['type']].flat();
    if (types.includes('string') && !isBoundedText(schema)) found.push({ type: 'string', path });
    if (types.includes('array') && typeof schema['maxItems'] !== 'number' && !isFixed(schema))
      found.push({ type: 'array', path });
    const { properties } = schema;
    if (isObject(properties))
      for (const [name, each] of Object.entries(properties)) visit(each, `${path}/${name.slice(0, 40)}`, depth + 1);
    for (const key of NESTED) visit(schema[key], path, depth + 1);
    for (const key of LISTS) {
      const all = schema[key];
      if (Array.isArray(all)) for (const each of all) visit(each, path, depth + 1);
    }
  };
  visit(root, '', 0);
  return found;
}

/** Formats whose texts are short by what they are (JSON Schema 2020-12 validation section 7.3). */
const SHORT: ReadonlySet<unknown> = new Set(['uuid', 'date', 'time', 'date-time', 'duration', 'ipv4', 'ipv6']);

function isBoundedText(schema: JsonObject): boolean {
  return (
    typeof schema['maxLength'] === 'number' ||
    isFixed(schema) ||
    SHORT.has(schema['format']) ||
    isClosed(schema['pattern'])
  );
}

function isFixed(schema: JsonObject): boolean {
  return Array.isArray(schema['enum']) || Object.hasOwn(schema, 'const');
}

/** A pattern that is anchored at both ends and repeats nothing without an end. */
function isClosed(pattern: unknown): boolean {
  return typeof pattern === 'string' && /^\^.*\$$/s.test(pattern) && !/(?<!\\)[*+]|,\}/.test(pattern);
}
