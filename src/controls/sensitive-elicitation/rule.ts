import { judge } from '../../audit/judge.ts';
import { callAndDecline, observeQuestions, wasAsked, wasNotAsked } from '../../audit/questions.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['a field that names a secret', 'ask_by_name'],
  ['a title that names one', 'ask_by_title'],
  ['a message that names one', 'ask_by_message'],
  ['a word split by a hidden character', 'ask_by_split_word'],
  ['a page over http', 'send_in_clear'],
  ['a token in the URL', 'send_with_token'],
  ['an address in the fragment', 'send_with_person'],
]);

/** Counts the questions that arrive: a harmless one must, those that ask for a secret must not. */
export const rule: Rule = {
  id: 'sensitive-elicitation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect({ capabilities: { elicitation: { form: {}, url: {} } } });
    const seen = [observeQuestions('a harmless form', await callAndDecline(connection, 'ask_colour'))];
    for (const [label, name] of ATTACKS) seen.push(observeQuestions(label, await callAndDecline(connection, name)));
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, wasNotAsked]));
    return judge(observations, { baseline: { 'a harmless form': wasAsked }, attacks });
  },
};
