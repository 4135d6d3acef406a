import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'session-owner',
    title: 'A session answers only whoever opened it',
    failure: 'A session answers whoever knows its id',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-11'],
    method: 'static',
    remedy: 'Keep whose each session is beside it, and answer 404 where the request comes from somebody else.',
    references: ['CVE-2026-52869', 'CWE-639', 'MCP security best practices, session hijacking'],
  },
  ({ files, settings, handlers }) =>
    files.length === 0 || handlers.length === 0
      ? undefined
      : { seen: files.length, facts: settings.filter(({ setting }) => setting === 'any-session') },
  (fact) => [
    {
      message: 'A request is handed to the session that it names, whoever opened that',
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
