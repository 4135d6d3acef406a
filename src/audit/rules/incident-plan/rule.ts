import type { EvidenceRule } from '../../evidence/evidence-rule.ts';
import { choice, day, flag, list, number, text, texts } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';

interface Plans extends RecordsGathered {
  readonly contacts: readonly { readonly file: string; readonly contact: string }[];
}

const SCENARIOS = ['poisoned-tool', 'leaked-token', 'rug-pull', 'shadow-server', 'data-leak'] as const;

const base: RecordRule = recordRule({
  id: 'incident-plan',
  title: 'There is a plan for each kind of incident, it was rehearsed, and outsiders know whom to tell',
  failure: 'The plan for incidents has a gap, or nobody has rehearsed it',
  severity: 'medium',
  controls: ['GOV-04'],
  remedy:
    'Write for each kind of incident how to contain, revoke, purge, preserve and notify; rehearse it every half year; publish a contact in SECURITY.md.',
  references: ['NIST SP 800-61 revision 3', 'OWASP AISVS 9.6', 'RFC 9116'],
  freshDays: 366,
  fields: {
    contact: text('where outsiders report: address or URL'),
    onCall: text('who is called, at any hour'),
    scenarios: list('each kind of incident', {
      name: choice('which', SCENARIOS),
      contain: text('how to stop it'),
      revoke: text('what is revoked, and by which command'),
      purge: text('what is purged from contexts and caches'),
      preserve: text('what is kept as evidence'),
      notify: texts('who is told'),
    }),
    drills: list('each rehearsal', {
      day: day('when'),
      scenario: choice('of which kind', SCENARIOS),
      minutesToContain: number('minutes until it was contained'),
      targetMinutes: number('how long it may take'),
      lessons: text('what was learned'),
      mended: flag('whether what was learned was put right'),
    }),
  },
  problems: ({ scenarios, drills }, at) => {
    const known = new Set(scenarios.map(({ name }) => name));
    const last = Math.max(...drills.map((each) => each.day));
    return [
      ...SCENARIOS.filter((name) => !known.has(name)).map((name) => ({
        path: ['scenarios'],
        message: `there is no plan for ${name}`,
      })),
      ...(at - last > 183 * DAY ? [{ path: ['drills'], message: 'nobody has rehearsed it for half a year' }] : []),
      ...drills.flatMap((each, index) => [
        ...(each.day > at + DAY ? [{ path: ['drills', index, 'day'], message: 'a rehearsal is dated ahead' }] : []),
        ...(each.minutesToContain > each.targetMinutes && !each.mended
          ? [
              {
                path: ['drills', index],
                message: `containing ${each.scenario} took too long, and that was not put right`,
              },
            ]
          : []),
      ]),
    ];
  },
});

/** See `meta`. */
export const rule: EvidenceRule<Plans> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    return own === undefined ? undefined : { ...own, contacts: subject.contacts };
  },
  judge({ at, records, contacts }) {
    const plan = base.judge({ at, records });
    if (plan.status !== 'pass' || contacts.length > 0) return plan;
    const why = 'no SECURITY.md beside the target or the records says where outsiders report';
    return { status: 'unknown', why, hits: [] };
  },
};
