import { judge } from '../../audit/judge.ts';
import { callAndDecline, observeQuestions, wasAsked, wasNotAsked } from '../../audit/questions.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['a page, of a client that knows forms', 'ask_page'],
  ['sampling, of a client that knows forms', 'ask_model'],
  ['roots, of a client that knows forms', 'ask_folders'],
]);
const NOTHING = 'a form, of a client that knows nothing';
/** A legacy stdio process has one session, and what its client declared when it opened it. */
const ONE_SESSION = 'the process has one session';

/** Counts the questions that arrive at a client that declared forms only, and at one that declared nothing. */
export const rule: Rule = {
  id: 'client-capabilities',
  async gather(target: Target): Promise<readonly Observation[]> {
    const seen: Observation[] = [];
    if (target.transport === 'stdio' && target.era === 'legacy') seen.push({ label: NOTHING, fact: ONE_SESSION });
    else {
      const silent = await target.connect({ capabilities: {} });
      seen.push(observeQuestions(NOTHING, await callAndDecline(silent, 'ask_form')));
      await silent.close();
    }
    const connection = await target.connect({ capabilities: { elicitation: {} } });
    seen.push(observeQuestions('a form, of a client that knows forms', await callAndDecline(connection, 'ask_form')));
    for (const [label, name] of ATTACKS) seen.push(observeQuestions(label, await callAndDecline(connection, name)));
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = {
      ...Object.fromEntries([...ATTACKS.keys()].map((label) => [label, wasNotAsked])),
      [NOTHING]: (observation: Observation) => observation.fact === ONE_SESSION || wasNotAsked(observation),
    };
    return judge(observations, { baseline: { 'a form, of a client that knows forms': wasAsked }, attacks });
  },
};
