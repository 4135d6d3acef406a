import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'environment-injection',
    title: 'No caller sets any variable it likes for a program',
    failure: 'A caller sets any variable of a program',
    severity: 'high',
    confidence: 'medium',
    controls: ['VAL-05'],
    method: 'static',
    remedy:
      'Pass the variables that are meant, by name. Lists of refused ones miss some: NODE_OPTIONS, LD_PRELOAD, BASH_ENV, PS4 and others make a program run code.',
    references: ['CWE-454', 'CVE-2026-44995', 'CVE-2026-12940'],
  },
  ['environment'],
  (flow) => ({ message: `${sourceText(flow)} sets variables of a program by their names`, evidence: flow.sink }),
);
