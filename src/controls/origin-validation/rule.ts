import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['a foreign origin', 'https://evil.example'],
  ['the null origin', 'null'],
  ['a look-alike of the server', 'http://127.0.0.1.evil.example'],
]);

/** Sends what a page of a foreign origin would send; the same request without an Origin must be served. */
export const rule: Rule = {
  id: 'origin-validation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'no origin', reply: await connection.request('tools/list') }];
    for (const [label, origin] of ATTACKS) {
      seen.push({ label, reply: await connection.request('tools/list', {}, { headers: { origin } }) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, isForbidden]));
    return judge(observations, { baseline: { 'no origin': served }, attacks });
  },
};

function isForbidden(observation: Observation): boolean {
  return refused(observation) && observation.reply?.status === 403;
}
