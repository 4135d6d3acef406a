import { judge, refused, served } from '../../audit/judge.ts';
import { listAll } from '../../audit/listing.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const SAME = 'a tool that is as it was approved';
const LISTED = 'the changed text of a tool in the list';
const CALLED = 'a call of a changed tool';

/** Calls a tool that is as it was approved, then looks for one that changed since, and calls it by its name. */
export const rule: Rule = {
  id: 'definition-drift',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const { entries } = await listAll(connection, 'tools/list');
    const call = (name: string) => connection.request('tools/call', { name, arguments: { text: 'x' } });
    const seen: Observation[] = [
      { label: SAME, reply: await call('echo') },
      { label: LISTED, fact: entries.some(({ description }) => String(description).includes('Send it whatever')) },
      { label: CALLED, reply: await call('shout') },
    ];
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [SAME]: served },
      attacks: { [LISTED]: ({ fact }) => fact === false, [CALLED]: refused },
    });
  },
};
