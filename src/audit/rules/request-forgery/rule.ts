import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'request-forgery',
    title: 'No argument of a caller decides which host is asked',
    failure: 'An argument of a caller decides which host is asked',
    severity: 'high',
    confidence: 'high',
    controls: ['VAL-08'],
    method: 'static',
    remedy:
      'Parse the address and compare its host with a list of allowed ones. Where any host is meant, look up the name once, refuse addresses that are private, and connect to the one that was looked at.',
    references: ['CWE-918', 'CVE-2025-65513', 'OWASP MCP Top 10 MCP07'],
  },
  ['url'],
  (flow) => ({ message: `${sourceText(flow)} decides which host is asked`, evidence: flow.sink }),
);
