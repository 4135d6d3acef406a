import { day, list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'log-secret-scan',
  title: 'Logs were searched for secrets, and hold none',
  failure: 'A secret was found in logs, or they were not searched',
  severity: 'high',
  controls: ['SEC-05'],
  remedy:
    'Search every sink (service log, audit log, traces, proxies) for secrets. Revoke what is found, then mend what wrote it.',
  references: ['OWASP MCP Top 10 MCP01', 'OWASP Logging Cheat Sheet'],
  freshDays: 92,
  fields: {
    tool: text('what searched, with version'),
    sinks: list('each place that logs go to', {
      name: text('which'),
      from: day('first day that was searched'),
      to: day('last day that was searched'),
      lines: number('lines that were searched'),
      found: number('secrets that were found'),
    }),
  },
  problems: ({ sinks }) =>
    sinks.flatMap(({ name, from, to, lines, found }, at) => [
      ...(found > 0 ? [{ path: ['sinks', at, 'found'], message: `${found} secrets stand in ${name}` }] : []),
      ...(lines === 0 ? [{ path: ['sinks', at, 'lines'], message: `nothing of ${name} was searched` }] : []),
      ...(to < from ? [{ path: ['sinks', at, 'to'], message: `the time of ${name} ends before it begins` }] : []),
    ]),
});
