import { findCredential } from '../../../text/credential-shape.ts';
import { liveRule, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { exchangesOf, surveyOf } from '../../probes/survey.ts';

/** What kind of secret stands in an answer, by what it answers. */
interface Facts {
  readonly count: number;
  readonly found: Readonly<Record<string, string>>;
}

const LOOKED_AT = 262_144;

const meta: RuleMeta = {
  id: 'secrets-in-answers',
  title: 'Answers hold no secrets',
  failure: 'Answers hold secrets',
  severity: 'high',
  confidence: 'medium',
  controls: ['SEC-02', 'VAL-10'],
  method: 'probe',
  remedy: 'Keep keys and tokens out of what tools may read, and look through every result before it leaves.',
  references: ['OWASP MCP Top 10 MCP01', 'CWE-200'],
};

/** See `meta`. */
export const rule: LiveRule<Facts> = liveRule(meta, {
  async gather(subject) {
    const survey = await surveyOf(subject);
    if (survey === undefined) return undefined;
    const answers = [...survey.answers, ...survey.errors];
    const { tools, prompts, resources } = subject.surface;
    const told = [
      ...answers.map(({ where, seen }) => [where, seen.text] as const),
      ['what the server lists', JSON.stringify([tools, prompts, resources, survey.templates])] as const,
      ['the instructions of the server', survey.instructions] as const,
    ];
    const found = told.flatMap(([where, text]) => {
      const kind = findCredential(text.slice(0, LOOKED_AT));
      return kind === undefined ? [] : [[where, kind] as const];
    });
    return { exchanges: exchangesOf(answers), facts: { count: told.length, found: Object.fromEntries(found) } };
  },
  judge({ facts: { count, found } }) {
    const hits = Object.entries(found).map(
      ([where, kind]): Hit => ({ message: `${where}: holds what looks like ${kind}`, place: { exchange: where } }),
    );
    if (hits.length === 0) return { status: 'pass', why: `${meta.title}: ${count} looked at`, hits };
    return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${count}`, hits };
  },
});
