import { list, optional, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'delegated-token-sample',
  title: 'A token for an upstream names the user and who acts for them',
  failure: 'A token for an upstream does not show who acts for whom',
  severity: 'high',
  controls: ['IDN-07'],
  remedy:
    'Exchange the token of the caller (RFC 8693) for one with the audience of the upstream and less scope. Write down its claims, never the token.',
  references: ['RFC 8693 section 4.1', 'MCP 2026-07-28 basic/authorization#token-passthrough'],
  freshDays: 92,
  fields: {
    ownAudience: text('audience of the tokens that this server takes'),
    samples: list('claims of tokens that went to an upstream', {
      upstream: text('which'),
      aud: text('audience'),
      sub: text('the user, or a digest of it'),
      act: optional(text('who acts for them: the sub of the act claim')),
      scopes: texts('scopes'),
    }),
  },
  problems: ({ ownAudience, samples }) =>
    samples.flatMap(({ upstream, aud, act, scopes }, at) => [
      ...(aud === ownAudience
        ? [{ path: ['samples', at, 'aud'], message: `${upstream} is sent a token for this server: it was passed on` }]
        : []),
      ...(act === undefined
        ? [{ path: ['samples', at], message: `the token for ${upstream} does not say who acts for the user` }]
        : []),
      // Scopes of two services have no common names, so only what is plainly everything is told.
      ...(scopes.some((scope) => scope === '*' || scope.endsWith('.default'))
        ? [{ path: ['samples', at, 'scopes'], message: `the token for ${upstream} may do everything` }]
        : []),
    ]),
});
