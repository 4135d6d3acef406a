import { choice, day, flag, list, number, text } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'release-rollout',
  title: 'Releases go out in stages, can be taken back, and old ones are retired whole',
  failure: 'A release cannot be taken back, is patched too late, or lives on after its end',
  severity: 'medium',
  controls: ['DEP-05'],
  remedy:
    'Roll out in stages with a probation, try the way back, mend vulnerabilities within their time, and remove code, routes, credentials and grants of what is retired.',
  references: ['OWASP Secure MCP Server Development, section 7', 'NIST SP 800-40 revision 4'],
  freshDays: 183,
  fields: {
    release: text('version'),
    digest: text('digest of what was rolled out'),
    stages: list('each stage', { name: text('such as 5 percent'), hours: number('of probation') }),
    rollbackTried: day('when the way back was last tried'),
    rollbackWorked: flag('whether it worked'),
    vulnerabilities: list(
      'what was mended or is open',
      {
        id: text('CVE or GHSA id'),
        severity: choice('how bad', ['critical', 'high', 'medium', 'low']),
        due: day('by when it has to be mended'),
        mended: choice('whether it is', ['yes', 'no']),
      },
      0,
    ),
    retired: list(
      'what was taken out of use',
      {
        name: text('server or version'),
        code: flag('whether its code is gone'),
        routes: flag('whether its routes are gone'),
        credentials: flag('whether its credentials are revoked'),
        grants: flag('whether its grants are revoked'),
      },
      0,
    ),
  },
  problems: ({ stages, rollbackTried, rollbackWorked, vulnerabilities, retired }, at) => [
    ...(stages.length < 2 ? [{ path: ['stages'], message: 'the release went out everywhere at once' }] : []),
    ...(rollbackWorked
      ? []
      : [{ path: ['rollbackWorked'], message: 'the way back did not work', severity: 'high' as const }]),
    ...(at - rollbackTried > 183 * DAY
      ? [{ path: ['rollbackTried'], message: 'the way back was not tried for half a year' }]
      : []),
    ...vulnerabilities.flatMap(({ id, severity, due, mended }, index) =>
      mended === 'no' && due < at
        ? [{ path: ['vulnerabilities', index, 'due'], message: `${id} is open beyond its day`, severity }]
        : [],
    ),
    ...retired.flatMap((each, index) =>
      (['code', 'routes', 'credentials', 'grants'] as const)
        .filter((what) => !each[what])
        .map((what) => ({
          path: ['retired', index, what],
          message: `${each.name} is retired, and its ${what} are still there`,
        })),
    ),
  ],
});
