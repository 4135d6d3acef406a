import { READ_ONLY, type Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'sql-injection',
    title: 'No argument of a caller is part of the text of a statement',
    failure: 'An argument of a caller is part of the text of a statement for a database',
    severity: 'high',
    confidence: 'high',
    controls: ['VAL-06'],
    method: 'static',
    remedy:
      'Bind it as a parameter. Names of tables and columns come from a list. A tool that takes whole statements needs an account of the database that can only do what callers may.',
    references: ['CWE-89', 'CVE-2025-59333', 'CVE-2025-66335'],
  },
  ['sql'],
  (flow) =>
    flow.detail === undefined
      ? { message: `${sourceText(flow)} is part of the text of a statement`, evidence: flow.sink }
      : {
          message: `${sourceText(flow)} is a whole statement, which the database runs`,
          evidence: flow.sink,
          severity: 'medium',
        },
  // Whole statements do no more than the database lets them.
  ({ detail }, { calls }) => detail === undefined || !calls.some(({ symbol }) => symbol === READ_ONLY),
);
