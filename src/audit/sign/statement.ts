import { createHash } from 'node:crypto';
import { canonicalJson } from '../../protocol/canonical.ts';
import type { ControlVerdict, Finding, Severity, Status } from '../model.ts';
import { allRules } from '../registry.ts';
import { levelsOf } from '../report/levels.ts';
import type { AuditReport, AuditRun } from '../run.ts';
import { barOf } from '../verdicts.ts';
import type { Subject } from './subject.ts';

/** Media type of what is signed: an in-toto statement as JSON (in-toto Attestation Framework v1, envelope layer). */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** Type of a statement (in-toto Attestation Framework v1, statement layer). */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** Type of what an attestation of an audit says; docs/guides/audit.md documents its members. */
export const PREDICATE_TYPE = 'urn:portcullis:audit:v1';

/** What an attestation of an audit says beside its subject. Digests are SHA-256 in lower-case hex, times ISO 8601 in UTC. */
export interface AuditPredicate {
  readonly auditor: { readonly name: 'portcullis'; readonly version: string };
  /** The digest is of the kinds, ids, severities, confidences and controls of every rule that judged. */
  readonly rulePack: { readonly version: string; readonly rules: number; readonly digest: Digest };
  readonly auditedAt: string;
  readonly signedAt: string;
  /** As what the target was looked at. */
  readonly kinds: readonly string[];
  /** What the digest of the subject is of: the files that were read, or the name of the target. */
  readonly form: Subject['form'];
  readonly files?: Readonly<Record<string, string>>;
  readonly unread: AuditReport['unread'];
  /** The digest is of the run as canonical JSON (RFC 8785). */
  readonly run: { readonly digest: Digest };
  /** Those that are neither waived nor known, by severity; then the others. */
  readonly findings: Readonly<Record<Severity | 'waived' | 'known', number>>;
  readonly verdicts: readonly Pick<ControlVerdict, 'control' | 'status' | 'why'>[];
  readonly minimumBar: readonly { readonly id: string; readonly status: Status }[];
  /** Level reached in each of the eight dimensions; 0 where none is. */
  readonly cosai: Readonly<Record<string, number>>;
}

/** An in-toto statement about one audit. */
export interface AuditStatement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly { readonly name: string; readonly digest: Digest }[];
  readonly predicateType: typeof PREDICATE_TYPE;
  readonly predicate: AuditPredicate;
}

interface Digest {
  readonly sha256: string;
}

/** Says what came of an audit, for a signature. */
export function statementOf(run: AuditRun, report: AuditReport, subject: Subject, now: Date): AuditStatement {
  const { version } = report;
  const rules = allRules().map(({ kind, meta: { id, severity, confidence, controls } }) => ({
    kind,
    id,
    severity,
    confidence,
    controls,
  }));
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: subject.name, digest: { sha256: subject.sha256 } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      auditor: { name: 'portcullis', version },
      rulePack: { version, rules: rules.length, digest: digestOf(rules) },
      auditedAt: report.at,
      signedAt: now.toISOString(),
      kinds: run.parts.map(({ kind }) => kind),
      form: subject.form,
      ...(subject.files === undefined ? {} : { files: subject.files }),
      unread: report.unread.map(({ file, why }) => ({ file, why })),
      run: { digest: digestOf(run) },
      findings: countsOf(report.findings),
      verdicts: report.verdicts.map(({ control, status, why }) => ({ control, status, why })),
      minimumBar: barOf(report.verdicts).map(({ id, status }) => ({ id, status })),
      cosai: Object.fromEntries(levelsOf(report.verdicts).map(({ dimension, reached }) => [dimension.id, reached])),
    },
  };
}

/** SHA-256 of JSON with the keys of each object in order and no blank (RFC 8785). */
function digestOf(value: unknown): Digest {
  return { sha256: createHash('sha256').update(canonicalJson(value)).digest('hex') };
}

/** Whether a run that was kept is the one of which a statement speaks. */
export function isOfRun({ predicate }: AuditStatement, run: unknown): boolean {
  return predicate.run.digest.sha256 === digestOf(run).sha256;
}

function countsOf(findings: readonly Finding[]): AuditPredicate['findings'] {
  const counts: Record<Severity | 'waived' | 'known', number> = {
    critical: 0,
    high: 0,
    medium: 0,
    low: 0,
    waived: 0,
    known: 0,
  };
  for (const { severity, waived, known } of findings) {
    if (waived === true) counts.waived += 1;
    else if (known === undefined) counts[severity] += 1;
    else counts.known += 1;
  }
  return counts;
}
