import { choice, day, list, number, text } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'access-review',
  title: 'Grants are reviewed, and those that nobody uses are taken away',
  failure: 'A grant has ended, or is unused, and is still there',
  severity: 'medium',
  controls: ['AUZ-06'],
  remedy:
    'Go through all grants every quarter, decide on each, and take away what was not used. Somebody other than the holder decides.',
  references: ['OWASP AISVS 9.4.3', 'OWASP MCP Top 10 MCP02'],
  freshDays: 92,
  fields: {
    grants: list(
      'each grant of more than a principal has by default',
      {
        id: text('as the system names it'),
        holder: text('who has it'),
        scope: text('what it allows'),
        reason: text('why, with the ticket'),
        expires: day('when it ends'),
        usesInWindow: number('how often it was used since the last review'),
        decision: choice('what was decided', ['keep', 'reduce', 'revoke']),
        decidedBy: text('by whom'),
      },
      0,
    ),
  },
  problems: ({ grants, date }, at) =>
    grants.flatMap(({ id, holder, expires, usesInWindow, decision, decidedBy }, index) => {
      const path = ['grants', index];
      return [
        ...(decision !== 'revoke' && expires < at
          ? [{ path: [...path, 'expires'], message: `${id} has ended and was kept` }]
          : []),
        ...(decision === 'keep' && usesInWindow === 0
          ? [{ path: [...path, 'usesInWindow'], message: `${id} was kept, and nobody has used it` }]
          : []),
        ...(decidedBy === holder
          ? [{ path: [...path, 'decidedBy'], message: `${holder} decided on a grant of their own` }]
          : []),
        ...(expires - date > 366 * DAY
          ? [{ path: [...path, 'expires'], message: `${id} is good for more than a year` }]
          : []),
      ];
    }),
});
