import { day, flag, list, text, texts } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'identity-inventory',
  title: 'Each agent, server and job has an identity of its own, with owner, scopes and end',
  failure: 'An identity that is no person is shared, without bounds, or nobody looks at it',
  severity: 'medium',
  controls: ['IDN-10'],
  remedy:
    'List every identity that is no person. Give each one owner, the scopes that it needs, an end, and a day of review.',
  references: ['OWASP Non-Human Identities Top 10 (2025)', 'OWASP MCP Top 10 MCP02'],
  freshDays: 92,
  fields: {
    identities: list('each agent, server, node and job', {
      id: text('as tokens or certificates name it'),
      owner: text('who answers for it'),
      usedBy: texts('what uses it'),
      scopes: texts('what it may do'),
      expires: day('when its credential ends'),
      reviewed: day('when somebody last asked whether it is needed'),
      enabled: flag('whether it can be used'),
    }),
  },
  problems: ({ identities }, at) => {
    const ids = identities.map(({ id }) => id);
    return identities.flatMap(({ id, usedBy, scopes, expires, reviewed, enabled }, index) => {
      const path = ['identities', index];
      return [
        ...(ids.indexOf(id) === index ? [] : [{ path, message: `${id} is listed twice` }]),
        ...(usedBy.length > 1 ? [{ path, message: `${id} is shared by ${usedBy.length}: ${usedBy.join(', ')}` }] : []),
        ...(scopes.some((scope) => scope === '*' || scope.endsWith(':*'))
          ? [{ path: [...path, 'scopes'], message: `${id} may do everything`, severity: 'high' as const }]
          : []),
        ...(enabled && expires < at
          ? [{ path: [...path, 'expires'], message: `${id} has ended and can still be used` }]
          : []),
        ...(enabled && at - reviewed > 92 * DAY
          ? [{ path: [...path, 'reviewed'], message: `nobody has reviewed ${id} for more than 92 days` }]
          : []),
      ];
    });
  },
});
