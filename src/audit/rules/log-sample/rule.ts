import { concluded, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { choice, day, list, number, text } from '../../evidence/fields.ts';
import type { LogFacts } from '../../evidence/log-facts.ts';
import { recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';

interface Logs extends RecordsGathered {
  readonly logs: readonly LogFacts[];
}

/** What the record of a call has to name. */
const FIELDS = ['request', 'principal', 'target', 'args', 'definition', 'decision'];
const EVENTS = [
  'call',
  'denied',
  'approval',
  'elevation',
  'drift',
  'config-change',
  'header-mismatch',
  'budget-breach',
] as const;
const ENOUGH = 0.99;

const base: RecordRule = recordRule({
  id: 'log-sample',
  title: 'Every call is recorded with who, what, which arguments, which tool, and what came of it',
  failure: 'Calls are recorded without what has to be known of them',
  severity: 'high',
  controls: ['LOG-01'],
  remedy:
    'Record each call with subject, target, digests of arguments and tool, and outcome. Give the audit log with --log, or count a sample of another.',
  references: ['OWASP Secure MCP Server Development, section 7', 'OWASP MCP Top 10 MCP08'],
  freshDays: 92,
  fields: {
    source: text('which log'),
    from: day('first day of the sample'),
    to: day('last day of the sample'),
    calls: number('calls that the server answered in the time, counted elsewhere'),
    events: list('what stands in the sample', {
      event: choice('which kind', EVENTS),
      count: number('how many'),
      example: text('id of one of them'),
    }),
    fields: list('what is recorded of calls', {
      field: choice('which', FIELDS),
      present: number('calls that have it'),
    }),
  },
  problems: ({ calls, events, fields }) => {
    const recorded = events.filter(({ event }) => event === 'call').reduce((sum, { count }) => sum + count, 0);
    const named = new Set<string>(fields.map(({ field }) => field));
    return [
      ...(recorded < calls
        ? [{ path: ['calls'], message: `${calls} calls were answered, and ${recorded} are recorded` }]
        : []),
      ...(calls === 0 ? [{ path: ['calls'], message: 'there was no call in the time' }] : []),
      ...FIELDS.filter((field) => !named.has(field)).map((field) => ({
        path: ['fields'],
        message: `calls are recorded without ${field}`,
      })),
      ...fields.flatMap(({ field, present }, at) =>
        present < recorded * ENOUGH
          ? [{ path: ['fields', at, 'present'], message: `${field} is in ${present} of ${recorded} calls` }]
          : [],
      ),
    ];
  },
});

/** See `meta`. */
export const rule: EvidenceRule<Logs> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    return own === undefined ? undefined : { ...own, logs: subject.logs };
  },
  judge({ at, records, logs }) {
    if (records.length > 0 || logs.length === 0) return base.judge({ at, records });
    // That arguments are missing says nothing: a call that has none is recorded without.
    const needed = FIELDS.filter((field) => field !== 'args');
    const hits = logs.flatMap(({ file, calls, fields }) =>
      needed
        .filter((field) => (fields[field] ?? 0) < calls * ENOUGH)
        .map((field) => ({
          message: `${field} is in ${fields[field] ?? 0} of ${calls} recorded calls`,
          place: { file, line: 1, column: 1 },
        })),
    );
    const unclear = logs.flatMap(({ file, calls, isWhole, isKeyGiven }) => [
      ...(calls === 0 ? [`${file} holds no call`] : []),
      ...(isWhole ? [] : [`${file} is not whole`]),
      ...(isKeyGiven ? [] : [`${file} was verified with the key beside it: give its public key with --log-key`]),
    ]);
    return concluded(hits, unclear, `${logs.reduce((sum, { calls }) => sum + calls, 0)} calls are recorded whole`);
  },
};
