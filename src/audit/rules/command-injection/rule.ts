import type { Flow } from '../../code/facts.ts';
import { flowRule, sourceText, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'command-injection',
    title: 'No argument of a caller becomes part of a command line or names a program',
    failure: 'An argument of a caller becomes part of a command',
    severity: 'critical',
    confidence: 'high',
    controls: ['VAL-05'],
    method: 'static',
    remedy:
      'Call execFile or spawn with a fixed program and a list of arguments, without a shell. Quoting by hand and lists of refused characters leave ways through.',
    references: ['CWE-78', 'CVE-2025-53355', 'OWASP MCP Top 10 MCP05'],
  },
  ['shell', 'program'],
  (flow) => ({
    message:
      flow.kind === 'shell'
        ? `${sourceText(flow)} becomes part of a command line that a shell reads`
        : flow.detail === 'every argument'
          ? `${sourceText(flow)} gives every argument of a program that the caller chooses`
          : `${sourceText(flow)} says which program runs`,
    evidence: flow.sink,
  }),
);
