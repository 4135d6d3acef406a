import type { SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SettingFact> = codeRule<SettingFact>(
  {
    id: 'unchecked-certificate',
    title: 'Certificates are checked',
    failure: 'Certificates are not checked',
    severity: 'high',
    confidence: 'high',
    controls: ['ARC-03'],
    method: 'static',
    remedy: 'Leave the check on. Where a service has an authority of its own, name that (ca, or NODE_EXTRA_CA_CERTS).',
    references: ['CWE-295', 'RFC 9325'],
  },
  ({ files, settings }) =>
    files.length === 0
      ? undefined
      : { seen: files.length, facts: settings.filter(({ setting }) => setting.startsWith('tls-unchecked')) },
  (fact) => {
    const isOnDemand = fact.setting === 'tls-unchecked-on-demand';
    return [
      {
        message: isOnDemand
          ? 'A setting turns off that the certificate of whoever answers is checked'
          : 'The certificate of whoever answers is not checked',
        place: placeAt(fact),
        ...(isOnDemand ? { severity: 'medium' as const } : {}),
        confidence: fact.isBuilt ? 'low' : isOnDemand ? 'medium' : 'high',
      },
    ];
  },
);
