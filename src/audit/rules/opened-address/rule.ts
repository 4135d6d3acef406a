import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'opened-address',
    title: 'No argument of a caller is opened by the desktop',
    failure: 'An argument of a caller is opened by the desktop',
    severity: 'high',
    confidence: 'high',
    controls: ['VAL-08', 'VAL-05'],
    method: 'static',
    remedy: 'Parse the address, and open it only where its scheme is https and its host is one that is meant.',
    references: ['CWE-601', 'CVE-2025-6514', 'CVE-2025-58444'],
  },
  ['open'],
  (flow) => ({ message: `${sourceText(flow)} is opened, whatever its scheme`, evidence: flow.sink }),
);
