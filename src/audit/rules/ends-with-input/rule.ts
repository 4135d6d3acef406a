import type { LiveSubject, ProcessLife } from '../../live/subject.ts';
import type { AuditRule } from '../../model.ts';
import { processRule } from '../../probes/process-rule.ts';

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ProcessLife> = processRule(
  {
    id: 'ends-with-input',
    title: 'The process ends when its input does',
    failure: 'The process outlives its input',
    severity: 'low',
    confidence: 'high',
    controls: ['ARC-08', 'ISO-03'],
    method: 'probe',
    remedy: 'End on the end of standard input, with all that was started: a client that crashes sends nothing else.',
    references: ['MCP 2026-07-28 basic/transports/stdio', 'MCP 2025-11-25 basic/lifecycle#shutdown'],
  },
  ({ ended, endedFor, exchanges }) => {
    if (ended || endedFor !== undefined) return [];
    if (exchanges.some(({ ending }) => ending !== 'answered')) return 'it did not answer a right request before';
    return [{ message: 'still runs 10 s after its input has ended', place: { exchange: 'the end of standard input' } }];
  },
);
