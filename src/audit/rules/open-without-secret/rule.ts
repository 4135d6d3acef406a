import type { SettingFact } from '../../code/facts.ts';
import { codeRule, handled, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'open-without-secret',
    title: 'Without a secret that callers are compared with, nobody is let in',
    failure: 'Without a configured secret, everybody is let in',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-01'],
    method: 'static',
    remedy:
      'Refuse to start without the secret. Where a server may run open, let that be said by a setting of its own, on this machine alone.',
    references: ['CVE-2026-46701', 'CWE-636', 'CWE-1188'],
  },
  (subject) =>
    handled(
      subject,
      subject.settings.filter(({ setting }) => setting === 'open-without-secret'),
    ),
  ({ isBuilt, ...spot }) => [
    {
      message: 'Where the secret is not set, whoever asks is let in',
      place: placeAt(spot),
      confidence: isBuilt ? 'low' : 'medium',
    },
  ],
);
