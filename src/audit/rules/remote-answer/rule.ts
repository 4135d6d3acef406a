import type { Flow } from '../../code/facts.ts';
import { flowRule, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<Flow> = flowRule(
  {
    id: 'remote-answer',
    title: 'Nothing that another server answers is run, or opened as it comes',
    failure: 'What another server answers is run or opened',
    severity: 'critical',
    confidence: 'high',
    controls: ['VAL-05', 'VAL-08'],
    method: 'static',
    remedy:
      'Parse what was fetched as data (JSON.parse and a schema). Open an address only after its scheme was found to be https, and without a shell.',
    references: ['CVE-2025-6514', 'CWE-94', 'CWE-78', 'CWE-829'],
  },
  ['remote'],
  (flow) => {
    const isOpened = flow.detail?.startsWith('opened') === true;
    const isNamed = flow.source.isNamed === true;
    return {
      message: `What ${isNamed ? 'a server that the code names' : 'another server'} answers is ${flow.detail ?? 'run'}`,
      evidence: flow.sink,
      severity: isOpened ? (isNamed ? 'medium' : 'high') : isNamed ? 'high' : 'critical',
    };
  },
);
