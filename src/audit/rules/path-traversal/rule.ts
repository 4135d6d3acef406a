import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'path-traversal',
    title: 'No argument of a caller names a file outside of the folders that are meant',
    failure: 'An argument of a caller can name any file',
    severity: 'high',
    confidence: 'high',
    controls: ['VAL-07'],
    method: 'static',
    remedy:
      'Resolve the path and its links (path.resolve, then realpath), and compare it with the root and a separator after it, or by path.relative. A prefix without a separator lets a sibling folder through.',
    references: ['CWE-22', 'CVE-2025-53110', 'CVE-2025-53109'],
  },
  ['path'],
  (flow) => ({
    message: `${sourceText(flow)} decides which file is used${flow.isGuarded ? '; what is checked before does not keep it inside' : ''}`,
    evidence: flow.sink,
  }),
);
