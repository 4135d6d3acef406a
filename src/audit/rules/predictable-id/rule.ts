import { PREDICTABLE_ID, type CallFact } from '../../code/facts.ts';
import { codeRule, handled, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'predictable-id',
    title: 'Ids of sessions and tokens cannot be guessed',
    failure: 'An id of a session or a token can be guessed',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-11'],
    method: 'static',
    remedy: 'Use randomUUID or randomBytes of node:crypto.',
    references: ['CWE-338', 'CVE-2025-6515', 'MCP 2025-11-25 basic/security_best_practices, session hijacking'],
  },
  (subject) =>
    handled(
      subject,
      subject.calls.filter(({ symbol }) => symbol === PREDICTABLE_ID),
    ),
  (fact) => [
    {
      message: `Math.random is in what "${fact.within}" makes`,
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
