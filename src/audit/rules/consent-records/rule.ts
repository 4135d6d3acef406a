import { day, list, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'consent-records',
  title: 'Each person who lets a server act for them has agreed to what it does now',
  failure: 'A server acts for people on a consent that does not cover it',
  severity: 'medium',
  controls: ['GOV-05'],
  remedy:
    'Ask again when the client, its redirect addresses, the scopes or the purpose change, and when a consent ends.',
  references: ['MCP 2026-07-28 basic/security_best_practices#confused-deputy-problem', 'ISO/IEC TS 27560:2023'],
  freshDays: 183,
  isOptional: true,
  fields: {
    consents: list('a sample of them', {
      id: text('of the consent; no name of a person'),
      client: text('which client'),
      asked: texts('scopes that were shown'),
      granted: texts('scopes that are in use'),
      given: day('when'),
      expires: day('until when'),
    }),
  },
  problems: ({ consents }, at) =>
    consents.flatMap(({ id, asked, granted, expires }, index) => {
      const more = granted.filter((scope) => !asked.includes(scope));
      return [
        ...(more.length > 0
          ? [
              {
                path: ['consents', index, 'granted'],
                message: `${id} covers less than is in use: ${more.join(' ')} was not shown`,
              },
            ]
          : []),
        ...(expires < at ? [{ path: ['consents', index, 'expires'], message: `${id} has ended` }] : []),
      ];
    }),
});
