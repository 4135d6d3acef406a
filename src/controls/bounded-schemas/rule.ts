import type { Rule } from '../../audit/rule.ts';
import { toolListRule } from '../../audit/tool-list-rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { lintSchema, type SchemaUse } from '../../schema/lint.ts';

/** Lists the tools and judges the schemas that they publish. */
export const rule: Rule = toolListRule('bounded-schemas', {
  'the published schemas': openSchemas,
});

function openSchemas({ name, inputSchema, outputSchema }: JsonObject): readonly string[] {
  const lint = (schema: unknown, what: SchemaUse) =>
    isObject(schema)
      ? lintSchema(schema, { what, where: `${String(name)}, ${what}` }).map(({ message }) => message)
      : [`${String(name)}, ${what}: no schema`];
  return [...lint(inputSchema, 'input'), ...(outputSchema === undefined ? [] : lint(outputSchema, 'output'))];
}
