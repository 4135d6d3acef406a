import { CORS, OPEN_CORS, type CallFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'open-cors',
    title: 'No page of any origin reads answers with the cookies of its visitor',
    failure: 'Pages of every origin read answers with the cookies of their visitors',
    severity: 'high',
    confidence: 'high',
    controls: ['ARC-02'],
    method: 'static',
    remedy:
      'Name the origins that may read, and leave credentials out where a token in a header is what counts. With credentials a wildcard is answered with the origin that asks.',
    references: ['CVE-2026-48989', 'CWE-942', 'Fetch Standard, CORS protocol and credentials'],
  },
  ({ calls }) => {
    const found = calls.filter(({ symbol }) => symbol === CORS || symbol === OPEN_CORS);
    const open = found.filter(({ symbol }) => symbol === OPEN_CORS);
    return found.length === 0 ? undefined : { seen: found.length, facts: open };
  },
  (fact) => [
    {
      message: 'Every origin may read answers, and requests carry credentials',
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'high',
    },
  ],
);
