import { judge, refused, served, textOf } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

const ATTACKS: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ['an unknown argument', { text: 'probe', extra: 'smuggled' }],
  ['a wrong type', { text: { toString: 'smuggled' } }],
  ['a text beyond its length', { text: 'x'.repeat(201) }],
  ['a missing argument', {}],
]);

/** Calls `echo` with arguments that its schema rules out; the handler's own answer would show that it ran. */
export const rule: Rule = {
  id: 'input-schema',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const call = (args: JsonObject) => connection.request('tools/call', { name: 'echo', arguments: args });
    const seen: Observation[] = [{ label: 'fitting arguments', reply: await call({ text: 'probe' }) }];
    for (const [label, args] of ATTACKS) seen.push({ label, reply: await call(args) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, isStopped]));
    return judge(observations, { baseline: { 'fitting arguments': served }, attacks });
  },
};

/** A crash of the handler on what it should never have seen is no refusal. */
function isStopped(observation: Observation): boolean {
  return refused(observation) && textOf(observation.reply).includes('do not match the input schema');
}
