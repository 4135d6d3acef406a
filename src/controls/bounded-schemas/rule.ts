import { judge, served } from '../../audit/judge.ts';
import { listAll } from '../../audit/listing.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { lintSchema, type SchemaUse } from '../../schema/lint.ts';

const LIST = 'the tool list';
const SCHEMAS = 'the published schemas';

/** Lists the tools and judges the schemas that they publish. */
export const rule: Rule = {
  id: 'bounded-schemas',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const { reply, entries } = await listAll(connection, 'tools/list');
    await connection.close();
    return [
      { label: LIST, reply, fact: entries.length },
      { label: SCHEMAS, fact: entries.flatMap(openSchemas) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [LIST]: (observation) => served(observation) && observation.fact !== 0 },
      attacks: { [SCHEMAS]: ({ fact }) => Array.isArray(fact) && fact.length === 0 },
    });
  },
};

function openSchemas({ name, inputSchema, outputSchema }: JsonObject): readonly string[] {
  const lint = (schema: unknown, what: SchemaUse) =>
    isObject(schema)
      ? lintSchema(schema, { what, where: `${String(name)}, ${what}` }).map(({ message }) => message)
      : [`${String(name)}, ${what}: no schema`];
  return [...lint(inputSchema, 'input'), ...(outputSchema === undefined ? [] : lint(outputSchema, 'output'))];
}
