import { judge } from '../../audit/judge.ts';
import { callAndDecline, observeQuestions, wasAsked, wasNotAsked } from '../../audit/questions.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const EVERYTHING = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['an undeclared form', 'ask_person'],
  ['undeclared sampling', 'ask_model'],
  ['undeclared roots', 'ask_folders'],
]);

/** Offers to answer everything, and counts the questions of tools that declared theirs and of tools that did not. */
export const rule: Rule = {
  id: 'reverse-channels',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect({ capabilities: EVERYTHING });
    const seen = [observeQuestions('a declared question', await callAndDecline(connection, 'ask_declared'))];
    for (const [label, name] of ATTACKS) seen.push(observeQuestions(label, await callAndDecline(connection, name)));
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, wasNotAsked]));
    return judge(observations, { baseline: { 'a declared question': wasAsked }, attacks });
  },
};
