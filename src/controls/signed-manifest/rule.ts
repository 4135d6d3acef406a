import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const LISTED = 'the tool list';
const UNSIGNED = 'tools under a manifest that is not signed as it must be';

/**
 * Lists the tools, and reads from the audit log whether the start was under a good manifest: a stranger cannot see who
 * signed.
 */
export const rule: Rule = {
  id: 'signed-manifest',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const reply = await connection.request('tools/list');
    await connection.close();
    const records = await target.records();
    const started = records.filter(({ kind }) => kind === 'start');
    return [
      { label: LISTED, reply },
      { label: UNSIGNED, fact: started.some(({ detail }) => detail === 'manifest: verified') },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [LISTED]: served },
      attacks: { [UNSIGNED]: ({ fact }) => fact === true },
    });
  },
};
