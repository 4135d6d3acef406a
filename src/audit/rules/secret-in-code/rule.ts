import type { SecretFact } from '../../code/facts.ts';
import type { Hit } from '../../model.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<SecretFact> = codeRule<SecretFact>(
  {
    id: 'secret-in-code',
    title: 'No secret stands in the code',
    failure: 'A secret stands in the code',
    severity: 'high',
    confidence: 'high',
    controls: ['SEC-01'],
    method: 'static',
    remedy: 'Revoke it, and read its successor from a secret manager or from a file that is no part of the code.',
    references: ['CWE-798', 'OWASP MCP Top 10 MCP01'],
  },
  ({ files, secrets }) => (files.length === 0 ? undefined : { seen: files.length, facts: secrets }),
  (fact) => [
    {
      message: `The code holds ${fact.secret}`,
      place: placeAt(fact),
      ...(fact.name === '' ? {} : { evidence: fact.name }),
      ...weightOf(fact),
    },
  ],
);

/** Some keys of Google are for pages that everybody reads and some for servers alone, and all look the same. */
function weightOf({ secret, isBuilt }: SecretFact): Pick<Hit, 'severity' | 'confidence'> {
  if (secret === 'a Google API key') return { severity: 'medium', confidence: isBuilt ? 'low' : 'medium' };
  return { confidence: isBuilt ? 'medium' : 'high' };
}
