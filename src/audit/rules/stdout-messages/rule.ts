import type { LiveSubject, ProcessLife } from '../../live/subject.ts';
import type { AuditRule } from '../../model.ts';
import { processRule } from '../../probes/process-rule.ts';

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ProcessLife> = processRule(
  {
    id: 'stdout-messages',
    title: 'Standard output carries messages and nothing else',
    failure: 'Standard output carries something else than messages',
    severity: 'medium',
    confidence: 'high',
    controls: ['ARC-08'],
    method: 'probe',
    remedy:
      'Write what is for people to standard error, and let nothing that the server loads write to standard output.',
    references: ['MCP 2026-07-28 basic/transports/stdio'],
  },
  ({ stray }) =>
    stray.count === 0
      ? []
      : [
          {
            message: `writes ${stray.count === 1 ? 'a line' : `${stray.count} lines`} to standard output that no client can read`,
            place: { exchange: 'standard output' },
            evidence: stray.samples.join(' | '),
          },
        ],
);
