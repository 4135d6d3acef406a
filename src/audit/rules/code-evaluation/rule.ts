import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'code-evaluation',
    title: 'No argument of a caller is run as code',
    failure: 'An argument of a caller is run as code',
    severity: 'critical',
    confidence: 'high',
    controls: ['VAL-05', 'ISO-05'],
    method: 'static',
    remedy:
      'Do without eval, Function, vm and modules by name. What has to run code of callers runs it in a sandbox: node:vm is none.',
    references: ['CWE-95', 'CWE-94', 'OWASP MCP Top 10 MCP05'],
  },
  ['code', 'deserialise'],
  (flow) => ({
    message:
      flow.kind === 'deserialise'
        ? `${sourceText(flow)} is read by something that runs code in it`
        : `${sourceText(flow)} is run as code`,
    evidence: flow.sink,
  }),
);
