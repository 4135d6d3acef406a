import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'object-owner',
    title: 'What belongs to somebody is found for its owner alone',
    failure: 'What belongs to somebody is found by its id alone',
    severity: 'high',
    confidence: 'medium',
    controls: ['ISO-02', 'AUZ-03'],
    method: 'static',
    remedy: 'Look for the id and its owner together, and answer as if there were none where the owner is another.',
    references: ['CVE-2026-52870', 'CVE-2026-54052', 'CWE-639'],
  },
  ({ files, settings, handlers }) =>
    files.length === 0 || handlers.length === 0
      ? undefined
      : { seen: files.length, facts: settings.filter(({ setting }) => setting === 'any-object') },
  (fact) => [
    {
      message: 'It is found by an id that a caller passes, whoever owns it',
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
