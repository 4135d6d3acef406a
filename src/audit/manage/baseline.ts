import { isObject } from '../../protocol/json.ts';
import type { Finding } from '../model.ts';
import type { AuditReport } from '../run.ts';

/**
 * Reads the fingerprints out of a report that was kept as JSON.
 * @throws TypeError when it is none.
 */
export function parseBaseline(text: string): ReadonlySet<string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError('it is no JSON');
  }
  if (!isObject(value) || !Array.isArray(value['findings']) || !Array.isArray(value['verdicts']))
    throw new TypeError('it is no report of `portcullis audit --format json`');
  const prints = value['findings'].map((finding: unknown) => (isObject(finding) ? finding['fingerprint'] : undefined));
  if (!prints.every((print) => typeof print === 'string')) throw new TypeError('a finding in it has no fingerprint');
  return new Set(prints);
}

/** Marks the findings that stood in a baseline. They are told and change no verdict, but count against nobody. */
export function applyBaseline(report: AuditReport, baseline: ReadonlySet<string>): AuditReport {
  return markKnown(report, ({ fingerprint }) => (baseline.has(fingerprint) ? 'baseline' : undefined));
}

/** Marks findings as known, with why; those that are known already stay so. */
export function markKnown(report: AuditReport, why: (finding: Finding) => Finding['known']): AuditReport {
  const mark = (finding: Finding): Finding => {
    const known = finding.known ?? why(finding);
    return known === undefined ? finding : { ...finding, known };
  };
  return {
    ...report,
    findings: report.findings.map(mark),
    outcomes: report.outcomes.map((outcome) => ({ ...outcome, findings: outcome.findings.map(mark) })),
  };
}
