import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'html-injection',
    title: 'What comes from outside is escaped in pages',
    failure: 'What comes from outside is written into a page as it is',
    severity: 'high',
    confidence: 'high',
    controls: ['VAL-09'],
    method: 'static',
    remedy:
      'Escape each value where it enters the page (html.escape, escape-html), or use a template that does. Pages of a sign-in show what anybody put into a link.',
    references: ['CVE-2026-58500', 'CVE-2025-62800', 'CWE-79'],
  },
  ['markup'],
  (flow) => ({ message: `${sourceText(flow)} is read as markup by a browser`, evidence: flow.sink }),
  // What an unknown function made of it, such as a template, may be escaped.
  ({ isSure }) => isSure,
);
