import { number, text, choice, list } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'cleanup-measure',
  title: 'What a call held is released at once, however it ends',
  failure: 'Something that a call held is not released',
  severity: 'high',
  controls: ['ISO-03'],
  remedy: 'Measure for each way that a call can end how long files, processes and memory of it last; mend what stays.',
  references: ['OWASP Secure MCP Server Development, section 3'],
  freshDays: 183,
  fields: {
    server: text('version or digest of what was measured'),
    targetMs: number('how long it may take'),
    ways: list('each way to end', {
      way: choice('how the call ended', ['end', 'cancel', 'disconnect', 'timeout', 'error']),
      calls: number('calls that ended so'),
      p99Ms: number('milliseconds after which 99 of 100 had released all'),
      leaked: number('files, processes and handles that were left'),
    }),
  },
  problems: ({ ways, targetMs }) => {
    const seen = new Set(ways.map(({ way }) => way));
    const missing = ['end', 'cancel', 'disconnect', 'timeout', 'error'].filter((way) => !seen.has(way as 'end'));
    return [
      ...ways.flatMap(({ way, calls, p99Ms, leaked }, at) => [
        ...(leaked > 0 ? [{ path: ['ways', at, 'leaked'], message: `${leaked} things are left after ${way}` }] : []),
        ...(p99Ms > targetMs
          ? [
              {
                path: ['ways', at, 'p99Ms'],
                message: `cleaning up after ${way} takes ${p99Ms} ms; ${targetMs} are allowed`,
              },
            ]
          : []),
        ...(calls === 0 ? [{ path: ['ways', at, 'calls'], message: `no call ended by ${way}` }] : []),
      ]),
      ...missing.map((way) => ({ path: ['ways'], message: `${way} was not measured` })),
    ];
  },
});
