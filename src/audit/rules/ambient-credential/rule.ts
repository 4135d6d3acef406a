import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'ambient-credential',
    title: 'Whoever brings no credential gets none of the server',
    failure: 'Whoever brings no credential is served with that of the server',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-01', 'SEC-04'],
    method: 'static',
    remedy:
      'Refuse a request without a credential of its own. A credential in the environment is for standard streams, where one user has started the server.',
    references: ['CVE-2026-54446', 'CVE-2026-48039', 'CWE-306', 'CWE-441'],
  },
  ({ files, settings, handlers }) =>
    files.length === 0 || handlers.length === 0
      ? undefined
      : { seen: files.length, facts: settings.filter(({ setting }) => setting === 'own-credential') },
  (fact) => [
    {
      message: 'A request without a credential is served with one of the environment',
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
