import { day, flag, list, number, text, texts } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'alert-tests',
  title: 'Every alert was made to fire, and somebody saw it',
  failure: 'An alert does not fire, or nobody has tried it',
  severity: 'high',
  controls: ['LOG-04'],
  remedy:
    'Make each pattern happen in staging, and note whether the alert came and who answered. Review the baselines, and watch for silence.',
  references: ['OWASP Secure MCP Server Development, section 8', 'OWASP MCP Top 10 MCP08'],
  freshDays: 92,
  fields: {
    backend: text('what takes the logs and runs the rules'),
    heartbeatMinutes: number('after how many minutes of silence somebody is told; 0 where nobody is'),
    rules: list('each rule', {
      pattern: text(
        'validation-failures, call-frequency, unusual-target, failure-then-success, token-reuse, drift, header-mismatch, taint-egress, silence',
      ),
      tried: day('when it was last made to happen'),
      fired: flag('whether the alert came'),
      alertId: text('id of the alert, or: none'),
      seenBy: text('who answered, or: nobody'),
    }),
    baselines: list('what is usual for each agent and tool', {
      what: text('which'),
      made: day('when it was learned'),
      reviewedBy: text('who looked at it'),
    }),
    exporters: texts('how logs get there: OTLP, syslog, webhook'),
  },
  problems: ({ heartbeatMinutes, rules, baselines, exporters }, at) => {
    const patterns = new Set(rules.map(({ pattern }) => pattern));
    const missing = [
      'validation-failures',
      'call-frequency',
      'unusual-target',
      'failure-then-success',
      'token-reuse',
      'drift',
      'header-mismatch',
      'taint-egress',
      'silence',
    ].filter((pattern) => !patterns.has(pattern));
    return [
      ...rules.flatMap(({ pattern, tried, fired, seenBy }, index) => [
        ...(fired ? [] : [{ path: ['rules', index, 'fired'], message: `the alert for ${pattern} did not come` }]),
        ...(at - tried > 92 * DAY
          ? [{ path: ['rules', index, 'tried'], message: `nobody tried the alert for ${pattern} for 92 days` }]
          : []),
        ...(/^nobody$/i.test(seenBy)
          ? [{ path: ['rules', index, 'seenBy'], message: `nobody answered the alert for ${pattern}` }]
          : []),
      ]),
      ...missing.map((pattern) => ({
        path: ['rules'],
        message: `there is no rule for ${pattern}`,
        severity: 'medium' as const,
      })),
      ...baselines.flatMap(({ what, made }, index) =>
        at - made > 183 * DAY
          ? [
              {
                path: ['baselines', index, 'made'],
                message: `the baseline of ${what} is older than half a year`,
                severity: 'medium' as const,
              },
            ]
          : [],
      ),
      ...(heartbeatMinutes === 0
        ? [{ path: ['heartbeatMinutes'], message: 'nobody is told when the logs fall silent' }]
        : []),
      ...(exporters.length === 0 ? [{ path: ['exporters'], message: 'logs go nowhere' }] : []),
    ];
  },
});
