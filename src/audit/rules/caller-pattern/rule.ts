import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'caller-pattern',
    title: 'No argument of a caller becomes a regular expression',
    failure: 'An argument of a caller becomes a regular expression',
    severity: 'medium',
    confidence: 'high',
    controls: ['VAL-01', 'RES-02'],
    method: 'static',
    remedy:
      'Look for the text itself (includes, indexOf), or escape it first (RegExp.escape). Where callers are to write expressions, match them with an engine without backtracking, such as RE2.',
    references: ['CWE-1333', 'CWE-625', 'OWASP ReDoS'],
  },
  ['pattern'],
  (flow) => ({
    message: `${sourceText(flow)} becomes a regular expression, and may take very long`,
    evidence: flow.sink,
  }),
);
