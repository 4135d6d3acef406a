import { list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'judge-evaluation',
  title: 'The judge of high-risk calls was tried in the version that is in use',
  failure: 'The judge of high-risk calls was not tried, or misses too much',
  severity: 'medium',
  controls: ['PIC-03'],
  remedy:
    'Run the set of cases again with each version of the model that judges, and keep the numbers. Do not use a version that misses more than you allow.',
  references: ['OWASP AISVS C9', 'OWASP Secure MCP Server Development, section 5'],
  freshDays: 183,
  fields: {
    inUse: text('version that is in use'),
    evaluations: list('each version that was tried', {
      version: text('model or rules with their version'),
      set: text('name and version of the set of cases'),
      attacks: number('cases that must be stopped'),
      missed: number('of which were let through'),
      harmless: number('cases that must be let through'),
      stopped: number('of which were stopped'),
      mostMissed: number('how many may be let through'),
    }),
  },
  problems: ({ inUse, evaluations }) => [
    ...(evaluations.some(({ version }) => version === inUse)
      ? []
      : [{ path: ['inUse'], message: `${inUse} is in use, and was not tried` }]),
    ...evaluations.flatMap(({ version, attacks, missed, harmless, mostMissed }, at) => [
      ...(version === inUse && missed > mostMissed
        ? [
            {
              path: ['evaluations', at, 'missed'],
              message: `${version} lets ${missed} of ${attacks} attacks through; ${mostMissed} are allowed`,
            },
          ]
        : []),
      ...(attacks === 0 || harmless === 0
        ? [{ path: ['evaluations', at], message: `${version} was not tried with both attacks and harmless cases` }]
        : []),
      ...(missed > attacks
        ? [{ path: ['evaluations', at, 'missed'], message: 'more were missed than there were' }]
        : []),
    ]),
  ],
});
