import { choice, day, list, number, text } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'tool-review',
  title: 'A release was reviewed by people other than its author, for security and for its field',
  failure: 'A release was not reviewed as it has to be',
  severity: 'high',
  controls: ['TDS-03'],
  remedy:
    'Let one person answer for security and one for the field, neither of them the author; keep the reports of the static, dynamic and dependency tests with their SHA-256 under files.',
  references: ['OWASP Secure MCP Server Development, section 4', 'OWASP MCP minimum bar 3.1'],
  freshDays: 366,
  fields: {
    release: text('version that is released'),
    commit: text('its commit: 40 or 64 hex digits'),
    author: text('who wrote the change'),
    reviews: list('who agreed', {
      reviewer: text('who'),
      role: choice('for what', ['security', 'domain', 'code']),
      commit: text('the commit that was looked at'),
      day: day('when'),
    }),
    scans: list('what was run on it', {
      type: choice('of which kind', ['static', 'dynamic', 'dependencies', 'secrets']),
      tool: text('tool and version'),
      open: number('findings from high on that are neither mended nor waived'),
    }),
  },
  problems: ({ commit, author, reviews, scans }) => {
    const roles = new Set(reviews.filter(({ reviewer }) => reviewer !== author).map(({ role }) => role));
    const types = new Set(scans.map(({ type }) => type));
    return [
      ...(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)
        ? []
        : [{ path: ['commit'], message: 'the commit is not named by its hash' }]),
      ...reviews.flatMap((each, at) => [
        ...(each.reviewer === author
          ? [{ path: ['reviews', at], message: `${author} reviewed a change of their own` }]
          : []),
        ...(each.commit === commit
          ? []
          : [
              {
                path: ['reviews', at, 'commit'],
                message: `${each.reviewer} looked at another commit than the one that is released`,
              },
            ]),
      ]),
      ...(['security', 'domain'] as const)
        .filter((role) => !roles.has(role))
        .map((role) => ({ path: ['reviews'], message: `nobody but the author agreed for ${role}` })),
      ...(new Set(reviews.map(({ reviewer }) => reviewer)).size < 2
        ? [{ path: ['reviews'], message: 'one person alone agreed for security and for the field' }]
        : []),
      ...(['static', 'dynamic', 'dependencies'] as const)
        .filter((type) => !types.has(type))
        .map((type) => ({ path: ['scans'], message: `no ${type} test is named` })),
      ...scans.flatMap(({ tool, open }, at) =>
        open > 0 ? [{ path: ['scans', at, 'open'], message: `${tool} left ${open} findings open` }] : [],
      ),
    ];
  },
});
