import type { CallFact, Flow } from '../../code/facts.ts';
import { LOGGED_SECRET } from '../../code/facts.ts';
import { codeRule, confidenceOf, handled, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<CallFact | Flow> = codeRule<CallFact | Flow>(
  {
    id: 'logged-secret',
    title: 'Neither secrets nor whole arguments are written to logs',
    failure: 'A secret or whole arguments are written to a log',
    severity: 'medium',
    confidence: 'medium',
    controls: ['LOG-02', 'SEC-05'],
    method: 'static',
    remedy: 'Log names, sizes and results. Arguments hold what users pass, credentials among it.',
    references: ['CWE-532', 'CVE-2026-42282', 'CVE-2026-41495'],
  },
  (subject) => {
    const flows = subject.flows.filter(
      ({ kind, source }) => kind === 'log' && source.kind === 'argument' && source.name === '',
    );
    return handled<CallFact | Flow>(subject, [
      ...subject.calls.filter(({ symbol }) => symbol === LOGGED_SECRET),
      ...flows,
    ]);
  },
  (fact) =>
    'symbol' in fact
      ? [{ message: 'A secret of the environment is written to a log', place: placeAt(fact), severity: 'high' }]
      : [
          {
            message: 'All arguments of a call are written to a log',
            place: placeAt(fact),
            evidence: fact.sink,
            confidence: confidenceOf(fact, 'medium'),
          },
        ],
);
