import { choice, list, number, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'discovery-report',
  title: 'Servers that nobody registered were looked for, and there are none',
  failure: 'A server runs or is configured that nobody has registered',
  severity: 'high',
  controls: ['GOV-02'],
  remedy: 'Run portcullis discover regularly. Register what is needed, and switch off the rest.',
  references: ['OWASP MCP Top 10 MCP09', 'NSA MCP Security Design Considerations, recommendation 9'],
  freshDays: 31,
  fields: {
    register: text('what it was compared with'),
    searched: list('what was looked at', {
      where: choice('of which kind', ['clients', 'repository', 'loopback', 'hosts', 'manifests']),
      what: texts('paths or addresses'),
      looked: number('files or ports'),
    }),
    servers: list(
      'each server that was found',
      {
        id: text('stays the same between two reports'),
        where: text('file and line, or address'),
        what: text('package, program, image or URL'),
        state: choice('whether it is registered', ['registered', 'unknown']),
        change: choice('since the report before', ['new', 'known', 'first report']),
      },
      0,
    ),
    gone: texts('what was in the report before, and is not any more'),
    unread: texts('what could not be looked at'),
  },
  problems: ({ servers, searched }) => [
    ...servers.flatMap(({ what, where, state }, at) =>
      state === 'unknown' ? [{ path: ['servers', at], message: `nobody has registered ${what} (${where})` }] : [],
    ),
    ...(searched.every(({ looked }) => looked === 0) ? [{ path: ['searched'], message: 'nothing was looked at' }] : []),
  ],
});
