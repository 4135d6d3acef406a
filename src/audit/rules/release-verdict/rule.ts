import { concluded, unclearSignature, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import { readDay, text } from '../../evidence/fields.ts';
import {
  DAY,
  placeOf,
  recordRule,
  type RecordKind,
  type RecordRule,
  type RecordsGathered,
} from '../../evidence/record-rule.ts';
import type { Statement } from '../../evidence/subject.ts';
import { itemsOf, member, textOf } from '../../gather/located.ts';
import type { Hit } from '../../model.ts';

interface Verdicts extends RecordsGathered {
  readonly statements: readonly Statement[];
}

const AUDIT = 'urn:portcullis:audit:v1';
const FRESH_DAYS = 92;

const base: RecordRule = recordRule({
  id: 'release-verdict',
  title: 'What runs passed the gate, and the verdict is signed and kept',
  failure: 'What runs did not pass the gate',
  severity: 'high',
  controls: ['SUP-04'],
  remedy:
    'Audit what is released in the pipeline (portcullis audit --sign), stop the release when it fails, keep the attestation beside the records, and write down the digest that runs.',
  references: ['OWASP MCP minimum bar 5.3', 'in-toto Attestation Framework v1'],
  freshDays: FRESH_DAYS,
  fields: {
    release: text('version that runs'),
    running: text('digest that the attestation names as its subject: 64 hex digits'),
    gate: text('the check of the pipeline that stops a release'),
  },
  problems: ({ running }) =>
    /^(?:sha256:)?[0-9a-f]{64}$/.test(running)
      ? []
      : [{ path: ['running'], message: 'what runs is not named by its digest' }],
});

/** See `meta`. */
export const rule: EvidenceRule<Verdicts> & { readonly record: RecordKind } = {
  ...base,
  gather(subject) {
    const own = base.gather(subject);
    const statements = subject.statements.filter(({ predicateType }) => predicateType === AUDIT);
    return own === undefined ? undefined : { ...own, statements };
  },
  judge({ at, records, statements }) {
    const told = base.judge({ at, records });
    if (told.status !== 'pass') return told;
    const hits: Hit[] = [];
    const unclear: string[] = [];
    for (const record of records) {
      const running = textOf(member(record.root, 'running'))?.replace('sha256:', '') ?? '';
      const own = statements.filter(({ subjects }) => subjects.some(({ digest }) => digest['sha256'] === running));
      const newest = own.toSorted((a, b) => auditedAt(b) - auditedAt(a))[0];
      if (newest === undefined)
        unclear.push(`${record.file}: no attestation of an audit (portcullis audit --sign) is of what runs`);
      else {
        hits.push(
          ...faultsOf(newest, Date.parse(at)).map((message) => ({ message, place: placeOf(record, ['running']) })),
        );
        const unsigned = unclearSignature(newest.file, newest.signature);
        if (unsigned !== undefined) unclear.push(unsigned);
      }
    }
    return concluded(hits, unclear, `${statements.length} signed verdicts, one of them of what runs`);
  },
};

function auditedAt({ predicate }: Statement): number {
  return readDay(textOf(member(predicate, 'auditedAt'))) ?? 0;
}

function faultsOf(statement: Statement, now: number): readonly string[] {
  const { file, predicate, signature } = statement;
  const count = (name: string): number => Number(member(predicate, 'findings', name)?.scalar ?? Number.NaN);
  const days = Math.floor((now - auditedAt(statement)) / DAY);
  const failed = itemsOf(member(predicate, 'minimumBar'))
    .filter((each) => textOf(member(each, 'status')) === 'fail')
    .map((each) => textOf(member(each, 'id')) ?? '?');
  return [
    ...(signature === 'bad' ? [`the signature of ${file} is not that of the key that it names`] : []),
    ...(days > FRESH_DAYS ? [`${file} is of an audit ${days} days ago; ${FRESH_DAYS} are the most`] : []),
    // A count that is not there is no zero.
    ...(count('critical') === 0 && count('high') === 0 ? [] : [`${file} tells of critical or high findings`]),
    ...(failed.length > 0 ? [`${file}: lines of the minimum bar that do not hold: ${failed.join(', ')}`] : []),
  ];
}
