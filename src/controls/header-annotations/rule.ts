import { judge, served } from '../../audit/judge.ts';
import { listAll } from '../../audit/listing.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { headerAnnotations } from '../../schema/header-annotations.ts';
import { checkIcon } from '../../schema/names.ts';

const LIST = 'the tool list';
const MIRRORED = 'an argument in a header where it must not be';
const ICONS = 'an unsafe icon';

/** Lists the tools and judges what they mirror into headers, and the addresses of their icons. */
export const rule: Rule = {
  id: 'header-annotations',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const { reply, entries } = await listAll(connection, 'tools/list');
    await connection.close();
    return [
      { label: LIST, reply, fact: entries.length },
      { label: MIRRORED, fact: entries.flatMap(annotationProblems) },
      { label: ICONS, fact: entries.flatMap(iconProblems) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    const none = ({ fact }: Observation) => Array.isArray(fact) && fact.length === 0;
    return judge(observations, {
      baseline: { [LIST]: (observation) => served(observation) && observation.fact !== 0 },
      attacks: { [MIRRORED]: none, [ICONS]: none },
    });
  },
};

/** A schema that cannot be read says nothing of what it mirrors, so it is a finding as well. */
function annotationProblems({ name, inputSchema }: JsonObject): readonly string[] {
  try {
    if (!isObject(inputSchema)) return [`${String(name)} has no schema`];
    return headerAnnotations(inputSchema).problems.map(({ message }) => `${String(name)}, ${message}`);
  } catch {
    return [`${String(name)} has a schema that cannot be read`];
  }
}

function iconProblems({ name, icons }: JsonObject): readonly string[] {
  if (icons === undefined) return [];
  if (!Array.isArray(icons)) return [`${String(name)} has icons that are no list`];
  return icons.flatMap((icon: unknown) => {
    const problem = checkIcon(icon);
    return problem === undefined ? [] : [`${String(name)}: ${problem.message}`];
  });
}
