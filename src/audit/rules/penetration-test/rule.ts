import { choice, day, list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'penetration-test',
  title: 'What a penetration test found is mended within its time',
  failure: 'What a penetration test found is open beyond its day',
  severity: 'high',
  controls: ['SUP-06'],
  remedy: 'Mend what was found by the day that its severity allows, and have it tried again.',
  references: ['OWASP Web Security Testing Guide', 'NIST SP 800-115'],
  freshDays: 366,
  isOptional: true,
  fields: {
    tester: text('who tested, from outside of the team'),
    target: text('version or digest'),
    hours: number('of testing'),
    findings: list(
      'what was found',
      {
        id: text('of the report'),
        severity: choice('how bad', ['critical', 'high', 'medium', 'low']),
        due: day('by when it has to be mended'),
        state: choice('what became of it', ['open', 'mended', 'tried again']),
      },
      0,
    ),
  },
  problems: ({ tester, by, findings }, at) => [
    ...(tester === by ? [{ path: ['tester'], message: 'who tested also answers for the server' }] : []),
    ...findings.flatMap(({ id, severity, due, state }, index) =>
      state === 'open' && due < at
        ? [{ path: ['findings', index], message: `${id} is open beyond its day`, severity }]
        : [],
    ),
  ],
});
