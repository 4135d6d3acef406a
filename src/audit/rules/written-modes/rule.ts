import type { LiveSubject, ProcessLife } from '../../live/subject.ts';
import type { AuditRule, Hit } from '../../model.ts';
import { neutralise } from '../../../text/neutralise.ts';
import { processRule } from '../../probes/process-rule.ts';
import { someOf } from '../../probes/tools.ts';

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ProcessLife> = processRule(
  {
    id: 'written-modes',
    title: 'What the process leaves in its folder is not for everybody to change',
    failure: 'What the process leaves in its folder is for everybody to change',
    severity: 'medium',
    confidence: 'high',
    controls: ['ARC-01', 'SEC-05'],
    method: 'probe',
    remedy: 'Make files with mode 0600 and folders with mode 0700, and a socket in such a folder alone.',
    references: ['CWE-732', 'MCP 2026-07-28 basic/transports'],
  },
  ({ written: { worldWritable, openSockets } }) => [
    ...hitFor('leaves files or folders that every user of the machine may change', worldWritable),
    ...hitFor('leaves a socket that every user of the machine may connect to', openSockets),
  ],
);

function hitFor(message: string, paths: readonly string[]): readonly Hit[] {
  if (paths.length === 0) return [];
  return [
    { message, place: { exchange: 'its home' }, evidence: someOf(paths.map((path) => neutralise(path.slice(0, 100)))) },
  ];
}
