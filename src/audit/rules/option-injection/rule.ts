import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'option-injection',
    title: 'No argument of a caller can be read as an option by a program',
    failure: 'An argument of a caller can be read as an option by a program',
    severity: 'medium',
    confidence: 'medium',
    controls: ['VAL-05', 'VAL-04'],
    method: 'static',
    remedy: 'Put "--" before it where the program knows that, or refuse what begins with a dash.',
    references: ['CWE-88', 'CVE-2026-47250', 'CVE-2026-44968'],
  },
  ['option'],
  (flow) => ({
    message: `${sourceText(flow)} is a word of its own on a command line, and may begin with a dash`,
    evidence: flow.sink,
  }),
);
