import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'fail-open',
    title: 'A check that cannot be made refuses',
    failure: 'A check that cannot be made lets through',
    severity: 'high',
    confidence: 'medium',
    controls: ['AUZ-02'],
    method: 'static',
    remedy: 'Refuse where the check fails, and do not start without the policy that it needs.',
    references: ['CVE-2026-16584', 'CWE-636', 'CWE-755'],
  },
  ({ files, settings }) =>
    files.length === 0
      ? undefined
      : { seen: files.length, facts: settings.filter(({ setting }) => setting === 'opens-on-failure') },
  (fact) => [
    {
      message: 'It says yes where what it decides by could not be had',
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
