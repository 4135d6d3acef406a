import type { LiveSubject, ProcessLife } from '../../live/subject.ts';
import type { AuditRule } from '../../model.ts';
import { processRule } from '../../probes/process-rule.ts';

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ProcessLife> = processRule(
  {
    id: 'environment-kept',
    title: 'What stands in the environment of the process does not come out of it',
    failure: 'What stands in the environment of the process comes out of it',
    severity: 'high',
    confidence: 'high',
    controls: ['SEC-02', 'LOG-02'],
    method: 'probe',
    remedy: 'Never write the environment out, neither in a log nor in a result: clients put keys into it.',
    references: ['OWASP MCP Top 10 MCP01', 'CWE-532'],
  },
  ({ canaryIn }) =>
    canaryIn.map((where) => ({
      message: `a secret that stood in its environment comes out on ${where}`,
      place: { exchange: where },
    })),
);
