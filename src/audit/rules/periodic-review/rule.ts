import { concluded, either, unclearSignature, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { choice, day, flag, list, number, readDay, text } from '../../evidence/fields.ts';
import { DAY, recordRule, type RecordKind, type RecordRule, type RecordsGathered } from '../../evidence/record-rule.ts';
import type { Statement } from '../../evidence/subject.ts';
import { member, textOf } from '../../gather/located.ts';

interface Reviews extends RecordsGathered {
  readonly statements: readonly Statement[];
}

const REVIEW = 'urn:portcullis:review:v1';
const FRESH_DAYS = 92;

const base: RecordRule = recordRule({
  id: 'periodic-review',
  title: 'Scopes, grants, identities, approvals, waivers and pins were reviewed within 92 days',
  failure: 'The review of scopes, grants and approvals is overdue, or left something undecided',
  severity: 'medium',
  controls: ['GOV-03'],
  remedy:
    'Make the packet every quarter, decide on each point of it, and sign it: portcullis review --config <file> --sign <key>.',
  references: ['OWASP AISVS 9.4.3', 'OWASP MCP Top 10 MCP02'],
  freshDays: FRESH_DAYS,
  isSigned: true,
  fields: {
    from: day('first day of the time that was looked at'),
    due: day('when the next review has to be done'),
    subjects: list('what was looked at', {
      what: choice('which', ['scopes', 'grants', 'identities', 'approvals', 'waivers', 'pins', 'checklist']),
      looked: number('how many'),
      unused: number('of which nobody used'),
      grown: number('of which allow more than at the review before'),
      undecided: number('on which nobody decided'),
    }),
    checklist: flag('whether the checklist before production was gone through again'),
    attester: text('who stands for it'),
  },
  problems: ({ due, subjects, checklist }, at) => {
    const seen = new Set<string>(subjects.map(({ what }) => what));
    return [
      ...(due < at ? [{ path: ['due'], message: 'the next review is overdue' }] : []),
      ...subjects.flatMap(({ what, undecided }, index) =>
        undecided > 0
          ? [{ path: ['subjects', index, 'undecided'], message: `nobody decided on ${undecided} of the ${what}` }]
          : [],
      ),
      ...['scopes', 'grants', 'identities', 'approvals', 'waivers', 'pins']
        .filter((what) => !seen.has(what))
        .map((what) => ({ path: ['subjects'], message: `${what} were not looked at` })),
      ...(checklist ? [] : [{ path: ['checklist'], message: 'the checklist before production was not gone through' }]),
    ];
  },
});

/** See `meta`. */
export const rule: EvidenceRule<Reviews> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    const statements = subject.statements.filter(({ predicateType }) => predicateType === REVIEW);
    return own === undefined ? undefined : { ...own, statements };
  },
  judge({ at, records, statements }) {
    const told = base.judge({ at, records });
    const newest = statements.toSorted((a, b) => dayOf(b, 'at') - dayOf(a, 'at'))[0];
    if (newest === undefined) return told;
    const attested = judgeStatement(newest, Date.parse(at));
    return records.length === 0 ? attested : either(attested, told);
  },
};

function dayOf({ predicate }: Statement, name: string): number {
  return readDay(textOf(member(predicate, name))) ?? 0;
}

function judgeStatement(statement: Statement, now: number) {
  const { file, signature, predicate } = statement;
  const days = Math.floor((now - dayOf(statement, 'at')) / DAY);
  const undecided = Number(member(predicate, 'undecided')?.scalar ?? Number.NaN);
  const messages = [
    ...(signature === 'bad' ? ['its signature is not that of the key that it names'] : []),
    ...(days > FRESH_DAYS ? [`it is of a review ${days} days ago; ${FRESH_DAYS} are the most`] : []),
    ...(days < -1 ? ['it is of a review that is yet to come'] : []),
    ...(dayOf(statement, 'due') < now ? ['the next review is overdue'] : []),
    ...(undecided > 0 ? [`nobody decided on ${undecided} of its points`] : []),
  ];
  const unsigned = unclearSignature(file, signature);
  return concluded(
    messages.map((message) => ({ message, place: { file, line: 1, column: 1 } })),
    [
      ...(unsigned === undefined ? [] : [unsigned]),
      ...(Number.isNaN(undecided) ? [`${file} does not say what is undecided`] : []),
    ],
    `${file} attests a review ${days} days ago`,
  );
}
