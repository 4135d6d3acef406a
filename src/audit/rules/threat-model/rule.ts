import { list, number, optional, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'threat-model',
  title: 'Every threat of the threat model has something that stops it, or somebody who bears it',
  failure: 'A threat of the threat model is neither stopped nor borne by anyone',
  severity: 'medium',
  controls: ['TDS-03'],
  remedy: 'Write for each threat what stops it and how that is tested, or who bears it.',
  references: ['OWASP Threat Modeling Cheat Sheet', 'CoSAI Model Context Protocol Security, section 3'],
  freshDays: 366,
  isOptional: true,
  fields: {
    version: text('of the server that it is about'),
    boundaries: texts('where trust changes: such as client to server, server to upstream'),
    tools: number('tools that it looks at'),
    threats: list('each threat', {
      what: text('who does what to what'),
      stoppedBy: texts('controls; none: []'),
      testedBy: texts('tests; none: []'),
      borneBy: optional(text('who accepts what is left')),
    }),
  },
  problems: ({ boundaries, threats }) => [
    ...(boundaries.length === 0 ? [{ path: ['boundaries'], message: 'it names no boundary of trust' }] : []),
    ...threats.flatMap(({ what, stoppedBy, testedBy, borneBy }, at) => [
      ...(stoppedBy.length === 0 && borneBy === undefined
        ? [{ path: ['threats', at], message: `nothing stops this, and nobody bears it: ${what}` }]
        : []),
      ...(stoppedBy.length > 0 && testedBy.length === 0 && borneBy === undefined
        ? [{ path: ['threats', at, 'testedBy'], message: `no test shows that this is stopped: ${what}` }]
        : []),
    ]),
  ],
});
