import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Says what is sent: one request that must be served, and the attacks that differ from it in one thing each. */
export const rule: Rule = {
  id: 'declared-behaviour',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a well-formed request', reply: await connection.request('tools/list') }];
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a well-formed request': served },
      attacks: { 'src/controls/declared-behaviour/rule.ts: write the attack': refused },
    });
  },
};
