import { day, list, number, text } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'scan-suppressions',
  title: 'What was found in the texts of tools and let pass has a reason and an end',
  failure: 'A finding in the text of a tool is let pass without end',
  severity: 'medium',
  controls: ['TDS-07'],
  remedy: 'Give each exception a reason, an owner and a day on which it ends; look at it anew on that day.',
  references: ['OWASP MCP Top 10 MCP03', 'OWASP AISVS C10'],
  freshDays: 92,
  fields: {
    rules: text('version of the rules that the texts were scanned with'),
    scanned: number('texts that were scanned'),
    exceptions: list(
      'each finding that is let pass',
      {
        finding: text('rule and place'),
        reason: text('why it is none'),
        owner: text('who decided'),
        expires: day('when it ends'),
      },
      0,
    ),
  },
  problems: ({ scanned, exceptions, date }, at) => [
    ...(scanned === 0 ? [{ path: ['scanned'], message: 'nothing was scanned' }] : []),
    ...exceptions.flatMap(({ finding, expires }, index) => [
      ...(expires < at
        ? [{ path: ['exceptions', index, 'expires'], message: `the exception for ${finding} has ended` }]
        : []),
      ...(expires - date > 366 * DAY
        ? [
            {
              path: ['exceptions', index, 'expires'],
              message: `the exception for ${finding} is good for more than a year`,
            },
          ]
        : []),
    ]),
  ],
});
