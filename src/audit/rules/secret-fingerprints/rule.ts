import { list, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'secret-fingerprints',
  title: 'No secret is used in two environments or by two servers',
  failure: 'One secret is used in two places',
  severity: 'high',
  controls: ['SEC-04'],
  remedy:
    'Give each environment and each server secrets of its own. portcullis secrets fingerprints makes salted digests that can be compared.',
  references: ['OWASP Secure MCP Server Development, section 6', 'OWASP Secrets Management Cheat Sheet'],
  freshDays: 92,
  fields: {
    salt: text('name of the salt that all digests are made with; never the salt'),
    places: list(
      'each environment of each server',
      {
        environment: text('such as production'),
        server: text('which server'),
        fingerprints: texts('salted digests of its secrets'),
      },
      2,
    ),
  },
  problems: ({ places }) => {
    const seen = new Map<string, string>();
    return places.flatMap(({ environment, server, fingerprints }, at) =>
      fingerprints.flatMap((each) => {
        const here = `${server} in ${environment}`;
        const before = seen.get(each);
        if (before === undefined) seen.set(each, here);
        return before === undefined || before === here
          ? []
          : [{ path: ['places', at, 'fingerprints'], message: `${here} and ${before} share a secret` }];
      }),
    );
  },
});
