import { list, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'database-grants',
  title: 'The accounts that a server uses may do no more than its queries need',
  failure: 'An account of a server may do more than its queries need',
  severity: 'high',
  controls: ['VAL-06'],
  remedy:
    'Give the server an account of its own with the privileges of its queries and nothing else; owner and migration are other accounts.',
  references: ['OWASP SQL Injection Prevention Cheat Sheet, least privilege', 'CWE-250'],
  freshDays: 183,
  fields: {
    accounts: list('each account that a server signs in with', {
      database: text('which database'),
      account: text('its name'),
      attributes: texts('such as SUPERUSER, CREATEDB, BYPASSRLS; none: []'),
      grants: list(
        'what it may do',
        { object: text('table, view or schema'), privileges: texts('such as SELECT, INSERT') },
        0,
      ),
    }),
  },
  problems: ({ accounts }) =>
    accounts.flatMap(({ database, account, attributes, grants }, at) => [
      ...attributes
        .filter((each) => /^(?:superuser|createdb|createrole|bypassrls|replication|dba|sysadmin|db_owner)$/i.test(each))
        .map((each) => ({ path: ['accounts', at, 'attributes'], message: `${account} of ${database} has ${each}` })),
      ...grants.flatMap(({ object, privileges }, index) => {
        const wide = privileges.filter((each) =>
          /^(?:all(?: privileges)?|\*|grant option|create|alter|drop|truncate|trigger|file|super)$/i.test(each),
        );
        const path = ['accounts', at, 'grants', index];
        return [
          ...(wide.length > 0 ? [{ path, message: `${account} may ${wide.join(', ')} on ${object}` }] : []),
          ...(/^(?:\*|\*\.\*|all)$/i.test(object) ? [{ path, message: `${account} has rights on everything` }] : []),
        ];
      }),
    ]),
});
