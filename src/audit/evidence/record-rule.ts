import type { Located } from '../gather/located.ts';
import type { AuditRule, Hit, Judgement, Place, RuleMeta, Severity } from '../model.ts';
import { day, optional, readFields, text, list, type Fields, type ValuesOf } from './fields.ts';
import type { EvidenceRecord, EvidenceSubject } from './subject.ts';

/** Milliseconds of a day. */
export const DAY = 86_400_000;

/** Something in a record that speaks against what it is to show. */
export interface Problem {
  /** Names and positions from the record down, for the place of it. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly severity?: Severity;
}

/** What is known of a kind of record beside its rule. */
export interface RecordKind {
  /** The `kind` that it is written with, and the id of its rule. */
  readonly kind: string;
  /** After how many days it says nothing any more. */
  readonly freshDays: number;
  /** Those that every record has, and its own. */
  readonly fields: Fields;
  /** Whether it counts only where somebody signed it. */
  readonly isSigned: boolean;
  /** Whether there need be none. */
  readonly isOptional: boolean;
}

/** What is gathered for a rule about records. */
export interface RecordsGathered {
  /** ISO 8601. */
  readonly at: string;
  readonly records: readonly EvidenceRecord[];
}

/** A rule about one kind of record. */
export interface RecordRule extends AuditRule<EvidenceSubject, RecordsGathered> {
  readonly record: RecordKind;
  gather(subject: EvidenceSubject): RecordsGathered | undefined;
  judge(gathered: RecordsGathered): Judgement;
}

/** What makes a rule about a kind of record. */
export interface RecordDefinition<F extends Fields> extends Omit<RuleMeta, 'method' | 'confidence'> {
  readonly freshDays: number;
  readonly fields: F;
  readonly isSigned?: true;
  readonly isOptional?: true;
  /** What in one of them speaks against it. `at` is the time at which it is judged, in milliseconds. */
  readonly problems: (record: ValuesOf<F> & Headed, at: number) => readonly Problem[];
}

/** What every record says: when, in milliseconds, and who. */
export interface Headed {
  readonly date: number;
  readonly by: string;
}

const HEAD = {
  portcullis: text('form of the record'),
  kind: text('kind of the record'),
  date: day('day on which this was done'),
  by: text('who did it and answers for it'),
  for: optional(text('the server, tool or place that it is about, where there are several records')),
  note: optional(text('anything else')),
  files: optional(
    list(
      'files that it rests on: any change of them shows',
      { path: text('from the folder of the target'), sha256: text('its SHA-256, 64 hex digits') },
      0,
    ),
  ),
} satisfies Fields;

/** Makes a rule about a kind of record: none is unknown, a stale or contradicted one fails. */
export function recordRule<const F extends Fields>(definition: RecordDefinition<F>): RecordRule {
  const { freshDays, fields, isSigned = false, isOptional = false, problems, ...meta } = definition;
  const record: RecordKind = { kind: meta.id, freshDays, fields: { ...HEAD, ...fields }, isSigned, isOptional };
  return {
    kind: 'evidence',
    meta: { ...meta, confidence: 'high', method: 'evidence' },
    record,
    gather({ at, records }) {
      const own = records.filter(({ kind }) => kind === meta.id);
      return isOptional && own.length === 0 ? undefined : { at, records: own };
    },
    judge(gathered) {
      return judgeRecords(record, gathered, (values, at) => problems(values as ValuesOf<F> & Headed, at));
    },
  };
}

interface Judged {
  readonly source: EvidenceRecord;
  readonly values: Readonly<Record<string, unknown>>;
  readonly date: number;
}

/** Judges records of one kind: the newest for each thing that they are about. */
function judgeRecords(
  kind: RecordKind,
  { at, records }: RecordsGathered,
  problemsOf: (values: Readonly<Record<string, unknown>>, at: number) => readonly Problem[],
): Judgement {
  const now = Date.parse(at);
  const unclear: string[] = [];
  const newest = new Map<string, Judged>();
  for (const source of records) {
    const { values, faults } = readFields(kind.fields, source.root);
    if (faults.length > 0) {
      unclear.push(`${source.file}: ${faults.slice(0, 3).join(', ')}`);
      continue;
    }
    const about = typeof values['for'] === 'string' ? values['for'] : '';
    const date = Number(values['date']);
    if ((newest.get(about)?.date ?? -Infinity) <= date) newest.set(about, { source, values, date });
  }
  const hits = [...newest.values()].flatMap((each) => hitsOf(kind, each, now, problemsOf(each.values, now)));
  if (hits.length > 0) return { status: 'fail', why: firstOf(hits), hits };
  for (const { source } of newest.values()) unclear.push(...unclearOf(kind, source));
  if (unclear.length > 0) return { status: 'unknown', why: unclear.slice(0, 3).join('; '), hits: [] };
  const [one] = newest.values();
  if (one === undefined) return absent(kind.kind);
  const days = Math.max(0, Math.floor((now - one.date) / DAY));
  return { status: 'pass', why: `${one.source.file} is of ${days} days ago, by ${String(one.values['by'])}`, hits: [] };
}

/** What is said where there is no record. */
function absent(kind: string): Judgement {
  return {
    status: 'unknown',
    why: `there is no record of the kind ${kind}: portcullis evidence init ${kind} writes one to fill in`,
    hits: [],
  };
}

function hitsOf(
  { freshDays }: RecordKind,
  { source, date }: Judged,
  now: number,
  problems: readonly Problem[],
): readonly Hit[] {
  const hit = (path: Problem['path'], message: string, severity?: Severity): Hit => ({
    message,
    place: placeOf(source, path),
    ...(severity === undefined ? {} : { severity }),
  });
  const days = Math.floor((now - date) / DAY);
  const hits = problems.map(({ path, message, severity }) => hit(path, message, severity));
  if (days < -1) hits.push(hit(['date'], `it is dated ${-days} days ahead`));
  if (days > freshDays) hits.push(hit(['date'], `it is ${days} days old, and counts for ${freshDays}`));
  if (source.signature === 'bad') hits.push(hit([], 'its signature is not that of the key that it names'));
  source.holds.forEach(({ path, isSame }, at) => {
    if (isSame === false) hits.push(hit(['files', at], `${path} is not what it was when this was written`));
  });
  return hits;
}

function unclearOf({ isSigned, kind }: RecordKind, { file, signature, holds }: EvidenceRecord): readonly string[] {
  const gone = holds.filter(({ isSame }) => isSame === undefined).map(({ path }) => `${file}: ${path} is not there`);
  if (!isSigned || signature === 'good' || signature === 'bad') return gone;
  const told = {
    none: `it is not signed: portcullis evidence sign ${file} --key <file>`,
    other: 'it is signed by none of the keys that were given',
    unverified: 'its signature was not verified: give the public key with --evidence-key',
  };
  return [...gone, `${file}: a record of the kind ${kind} counts signed, and ${told[signature]}`];
}

/** Where something stands in a record. */
export function placeOf(
  { file, root }: Pick<EvidenceRecord, 'file' | 'root'>,
  path: readonly (string | number)[],
): Place {
  let at: Located = root;
  for (const step of path) {
    const next =
      typeof step === 'number'
        ? at.items?.[step]
        : at.members !== undefined && Object.hasOwn(at.members, step)
          ? at.members[step]
          : undefined;
    if (next === undefined) break;
    at = next;
  }
  return { file, line: at.line, column: at.column };
}

/** One line of the worst that was found. */
export function firstOf(hits: readonly Hit[]): string {
  const [first] = hits;
  const where = first !== undefined && 'file' in first.place ? `${first.place.file}: ` : '';
  const more = hits.length > 1 ? `, and ${hits.length - 1} more` : '';
  return `${where}${first?.message ?? ''}${more}`;
}
