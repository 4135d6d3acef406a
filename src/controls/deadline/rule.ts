import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Milliseconds until the caller gives up; the target's deadlines must be well below. */
const PATIENCE_MS = 6_000;
const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['a call that never answers and reports progress', 'crawl'],
  ['a call whose own deadline is over the maximum', 'dawdle'],
]);

/** Calls tools that never answer; the server must end them by itself. */
export const rule: Rule = {
  id: 'deadline',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const reply = await connection.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });
    const seen = await Promise.all(
      [...ATTACKS].map(async ([label, name]): Promise<Observation> => {
        const options = { meta: { progressToken: name }, hangUpMs: PATIENCE_MS };
        return { label, reply: await connection.request('tools/call', { name, arguments: {} }, options) };
      }),
    );
    await connection.close();
    return [{ label: 'a call that answers', reply }, ...seen];
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, wasEnded]));
    return judge(observations, { baseline: { 'a call that answers': served }, attacks });
  },
};

/** A reply without a message is our own hanging up. */
function wasEnded(observation: Observation): boolean {
  return observation.reply?.message !== undefined && refused(observation);
}
