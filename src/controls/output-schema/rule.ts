import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['an undeclared field', 'extra'],
  ['a wrong type', 'type'],
  ['a missing field', 'missing'],
  ['a text beyond its bound', 'length'],
]);

/** Has `report` return what its output schema rules out. */
export const rule: Rule = {
  id: 'output-schema',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const call = (flaw: string) => connection.request('tools/call', { name: 'report', arguments: { flaw } });
    const seen: Observation[] = [{ label: 'a fitting result', reply: await call('none') }];
    for (const [label, flaw] of ATTACKS) seen.push({ label, reply: await call(flaw) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, isStopped]));
    return judge(observations, { baseline: { 'a fitting result': served }, attacks });
  },
};

/** Refused, with nothing of the value in the refusal. */
function isStopped(observation: Observation): boolean {
  return refused(observation) && observation.reply?.text.includes('smuggled') === false;
}
