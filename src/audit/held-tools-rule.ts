import { judge, refused, served, textOf } from './judge.ts';
import type { Observation, Rule, Target, Verdict } from './rule.ts';

const SOUND = 'a tool that is as it has to be';

/**
 * A rule that calls tools which differ in one thing each from one that is served as `sound__act`: none of them may be.
 * @param attacks What each is, with the prefix of its tool.
 */
export function heldToolsRule(id: string, attacks: ReadonlyMap<string, string>): Rule {
  return {
    id,
    async gather(target: Target): Promise<readonly Observation[]> {
      const connection = await target.connect();
      const call = async (label: string, prefix: string): Promise<Observation> => ({
        label,
        reply: await connection.request('tools/call', { name: `${prefix}__act`, arguments: {} }),
      });
      const seen = [await call(SOUND, 'sound')];
      for (const [label, prefix] of attacks) seen.push(await call(label, prefix));
      await connection.close();
      return seen;
    },
    judge(observations: readonly Observation[]): Verdict {
      return judge(observations, {
        baseline: { [SOUND]: (observation) => served(observation) && textOf(observation.reply) === 'served' },
        attacks: Object.fromEntries([...attacks.keys()].map((label) => [label, refused] as const)),
      });
    },
  };
}
