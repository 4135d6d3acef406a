import { list, number, optional, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'leak-filter-review',
  title: 'What the leak filter kept back and let through was looked at by a person',
  failure: 'The leak filter lets leaks through, or nobody looks at what it does',
  severity: 'medium',
  controls: ['VAL-10'],
  remedy: 'Look at a sample of what each detector kept back and of what it let through; mend the detectors that miss.',
  references: ['OWASP Secure MCP Server Development, section 5', 'OWASP MCP Top 10 MCP10'],
  freshDays: 92,
  fields: {
    detectors: list('each detector', {
      name: text('such as card numbers'),
      version: optional(text('its version')),
      blocked: number('results that it kept back or changed in the time'),
      reviewed: number('of which a person looked at'),
      falsePositives: number('of which were no leak'),
      passedReviewed: number('results that it let through and a person looked at'),
      missed: number('of which held a leak'),
    }),
  },
  problems: ({ detectors }) =>
    detectors.flatMap((each, at) => [
      ...(each.missed > 0
        ? [{ path: ['detectors', at, 'missed'], message: `${each.name} let ${each.missed} leaks through` }]
        : []),
      ...(each.blocked > 0 && each.reviewed === 0
        ? [{ path: ['detectors', at, 'reviewed'], message: `nobody looked at what ${each.name} kept back` }]
        : []),
      ...(each.falsePositives > each.reviewed || each.reviewed > each.blocked || each.missed > each.passedReviewed
        ? [{ path: ['detectors', at], message: `the numbers of ${each.name} contradict each other` }]
        : []),
    ]),
});
