import type { Flow } from '../../code/facts.ts';
import { codeRule, confidenceOf, handled, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = codeRule<Flow>(
  {
    id: 'internals-in-result',
    title: 'Results hold neither stacks of errors nor tokens',
    failure: 'A result holds the stack of an error, or a token',
    severity: 'low',
    confidence: 'high',
    controls: ['VAL-13', 'SEC-02'],
    method: 'static',
    remedy: 'Answer with a short reason, and keep the rest in a log of the server.',
    references: ['CWE-209', 'OWASP Secure MCP Server Development, section 4'],
  },
  (subject) =>
    handled(
      subject,
      subject.flows.filter(({ kind }) => kind === 'answer'),
    ),
  (flow) => [
    {
      message:
        flow.source.kind === 'error' ? 'The stack of an error is given to the caller' : 'A token is given to the model',
      place: placeAt(flow),
      severity: flow.source.kind === 'error' ? 'low' : 'high',
      confidence: confidenceOf(flow),
    },
  ],
);
