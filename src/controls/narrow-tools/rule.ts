import { judge, served } from '../../audit/judge.ts';
import { listAll } from '../../audit/listing.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { dangerousFields } from '../../schema/dangerous.ts';

const LIST = 'the tool list';
const GENERIC = 'a tool that does whatever it is told';

/** Lists the tools and looks for parameters by which a model would command anything it likes. */
export const rule: Rule = {
  id: 'narrow-tools',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const { reply, entries } = await listAll(connection, 'tools/list');
    await connection.close();
    return [
      { label: LIST, reply, fact: entries.length },
      { label: GENERIC, fact: entries.flatMap(genericParameters) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [LIST]: (observation) => served(observation) && observation.fact !== 0 },
      attacks: { [GENERIC]: ({ fact }) => Array.isArray(fact) && fact.length === 0 },
    });
  },
};

/** A schema that cannot be read says nothing of what the tool takes, so it is a finding as well. */
function genericParameters({ name, description, inputSchema }: JsonObject): readonly string[] {
  if (!isObject(inputSchema)) return [`${String(name)} has no schema`];
  try {
    const about = { name: String(name), description: typeof description === 'string' ? description : '' };
    return dangerousFields(inputSchema, about).map(({ message }) => `${about.name}, ${message}`);
  } catch {
    return [`${String(name)} has a schema that cannot be read`];
  }
}
