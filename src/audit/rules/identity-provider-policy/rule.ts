import { flag, list, number, optional, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'identity-provider-policy',
  title: 'The identity provider gives tokens that live minutes',
  failure: 'The identity provider gives tokens that live too long',
  severity: 'high',
  controls: ['IDN-04'],
  remedy:
    'Export what the identity provider has for each client, and set access tokens to 15 minutes at most, refresh tokens to rotate.',
  references: ['OWASP Secure MCP Server Development, section 5', 'RFC 9700 section 2.2.2'],
  freshDays: 92,
  fields: {
    provider: text('issuer of the tokens'),
    clients: list('each client that may ask for tokens', {
      id: text('its client id'),
      accessTokenSeconds: number('life of an access token'),
      refreshTokens: flag('whether it is given refresh tokens'),
      refreshRotation: optional(flag('whether a refresh token is good once')),
    }),
  },
  problems: ({ clients }) =>
    clients.flatMap(({ id, accessTokenSeconds, refreshTokens, refreshRotation }, at) => [
      ...(accessTokenSeconds > 900
        ? [
            {
              path: ['clients', at, 'accessTokenSeconds'],
              message: `tokens of ${id} live ${accessTokenSeconds} seconds; 900 are the most by default, 3600 in any case`,
              severity: accessTokenSeconds > 3600 ? ('high' as const) : ('medium' as const),
            },
          ]
        : []),
      ...(refreshTokens && refreshRotation !== true
        ? [{ path: ['clients', at], message: `the refresh tokens of ${id} do not rotate` }]
        : []),
    ]),
});
