import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';
import { lintSchema } from '../../schema/lint.ts';

/** Lists the tools and judges the schemas that they publish. */
export const rule: Rule = {
  id: 'bounded-schemas',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const reply = await connection.request('tools/list');
    await connection.close();
    return [
      { label: 'the tool list', reply },
      { label: 'the published schemas', fact: openSchemas(resultOf(reply)?.['tools']) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'the tool list': served },
      attacks: { 'the published schemas': ({ fact }) => Array.isArray(fact) && fact.length === 0 },
    });
  },
};

function openSchemas(tools: unknown): readonly string[] | undefined {
  if (!Array.isArray(tools) || tools.length === 0) return undefined;
  return tools.flatMap((tool: unknown) => {
    const schema = isObject(tool) ? tool['inputSchema'] : undefined;
    if (!isObject(schema)) return ['no schema'];
    return lintSchema(schema, { what: 'input', where: 'tool' }).map(({ message }) => message);
  });
}
