import type { JsonObject } from '../protocol/json.ts';
import { judge, served } from './judge.ts';
import { listAll } from './listing.ts';
import type { Observation, Rule, Target, Verdict } from './rule.ts';

const LIST = 'the tool list';

/**
 * A rule that judges what a server publishes of its tools, and calls none of them.
 * @param find Finds what must not be there, by the label of the finding: one sentence each, none for a sound tool.
 */
export function toolListRule(
  id: string,
  find: Readonly<Record<string, (tool: JsonObject) => readonly string[]>>,
): Rule {
  const finders = Object.entries(find);
  return {
    id,
    async gather(target: Target): Promise<readonly Observation[]> {
      const connection = await target.connect();
      const { reply, entries } = await listAll(connection, 'tools/list');
      await connection.close();
      const found = finders.map(([label, problems]) => ({ label, fact: entries.flatMap(problems) }));
      return [{ label: LIST, reply, fact: entries.length }, ...found];
    },
    judge(observations: readonly Observation[]): Verdict {
      const none = ({ fact }: Observation) => Array.isArray(fact) && fact.length === 0;
      return judge(observations, {
        baseline: { [LIST]: (observation) => served(observation) && observation.fact !== 0 },
        attacks: Object.fromEntries(finders.map(([label]) => [label, none])),
      });
    },
  };
}
